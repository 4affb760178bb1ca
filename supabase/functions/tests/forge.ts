/** Forges tokens as an attacker would: any header, any claims, any signature. */
import { type Stack } from "./stack.ts";

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const HS256 = { name: "HMAC", hash: "SHA-256" };

type Sign = (input: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;

/** The token with changes to its header and claims, under this signature. */
export async function forge(
  token: string,
  { header = {}, claims = {} }: { header?: Record<string, unknown>; claims?: Record<string, unknown> },
  sign: Sign = () => Promise.resolve(new ArrayBuffer(0)),
): Promise<string> {
  const [oldHeader, oldClaims] = token.split(".").slice(0, 2).map(decode);
  const input = `${encode({ ...oldHeader, ...header })}.${encode({ ...oldClaims, ...claims })}`;
  return `${input}.${base64Url(new Uint8Array(await sign(new TextEncoder().encode(input))))}`;
}

/** The token with changed claims under its original signature. */
export async function tamper(token: string, claims: Record<string, unknown>): Promise<string> {
  const forged = await forge(token, { claims });
  return forged + token.split(".")[2];
}

/** A key pair that Clerk does not know. @param modulusLength A short key signs thousands of tokens in seconds. */
export async function newKeyPair(modulusLength = 2048): Promise<{ pem: string; sign: Sign }> {
  const algorithm = { ...RS256, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  return {
    pem: `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...spki))}\n-----END PUBLIC KEY-----\n`,
    sign: (input) => crypto.subtle.sign(RS256, privateKey, input),
  };
}

/** Signs with a shared secret. */
export async function hmac(secret: string): Promise<Sign> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HS256, false, ["sign"]);
  return (input) => crypto.subtle.sign(HS256, key, input);
}

/** Clerk's public keys, as its dashboard shows them. */
export async function readPem({ clerk_url, clerk_secret_key }: Stack): Promise<string> {
  const response = await fetch(`${clerk_url}/_local/pem`, { headers: { authorization: `Bearer ${clerk_secret_key}` } });
  return await response.text();
}

const decode = (part: string): Record<string, unknown> =>
  JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));

const encode = (part: Record<string, unknown>) => base64Url(new TextEncoder().encode(JSON.stringify(part)));

const base64Url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
