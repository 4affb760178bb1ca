import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** An RSA key; `pem` is the private key. */
export interface SigningKey {
  readonly kid: string;
  readonly pem: string;
}

export function newSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    kid: `ins_${crypto.randomUUID().replaceAll("-", "").slice(0, 27)}`,
    pem: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

export const privateKey = ({ pem }: SigningKey): KeyObject => createPrivateKey(pem);

/** The public key as the dashboard shows it under "PEM public key", for `CLERK_JWT_KEY`. */
export const publicPem = ({ pem }: SigningKey): string =>
  createPublicKey(pem).export({ type: "spki", format: "pem" }) as string;

/** https://clerk.com/docs/guides/sessions/manual-jwt-verification */
export const keySet = (keys: readonly SigningKey[]): { keys: JsonWebKey[] } => ({
  keys: keys.map(({ kid, pem }) => ({
    ...createPublicKey(pem).export({ format: "jwk" }) as JsonWebKey,
    kid,
    use: "sig",
    alg: "RS256",
  })),
});
