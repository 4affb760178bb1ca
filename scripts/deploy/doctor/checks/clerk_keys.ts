import { importSPKI } from "jose";
import { type Finding, ok, wrong } from "../finding.ts";
import type { Target } from "../target.ts";

interface Key extends JsonWebKey {
  readonly kid: string;
}

const COPY = "copy the keys of one instance from https://dashboard.clerk.com/last-active?path=api-keys";

/** The secret key works, and is of the instance that the publishable key names; so is the public key. */
export async function checkClerkKeys(target: Target): Promise<Finding[]> {
  const { clerkIssuer, clerkUrl, keySetUrl, variables } = target;
  const published = await readKeys(keySetUrl);
  if (published === undefined) {
    return [wrong(`Clerk: "${keySetUrl}" shows no keys`, `look at CLERK_PUBLISHABLE_KEY and CLERK_ISSUER: ${COPY}`)];
  }
  const findings: Finding[] = [];

  const { CLERK_SECRET_KEY: secretKey, CLERK_JWT_KEY: pems } = variables;
  if (secretKey !== undefined) {
    const ours = await readKeys(`${clerkUrl}/v1/jwks`, secretKey);
    if (ours === undefined) findings.push(wrong("Clerk: CLERK_SECRET_KEY is refused", COPY));
    else if (!ours.some(({ kid }) => published.some((key) => key.kid === kid))) {
      findings.push(wrong(`Clerk: CLERK_SECRET_KEY is of another instance than ${clerkIssuer}`, COPY));
    }
  }
  if (pems !== undefined && !(await moduliOf(pems)).some((n) => published.some((key) => key.n === n))) {
    findings.push(
      wrong(
        `Clerk: CLERK_JWT_KEY is none of ${clerkIssuer}'s keys, so every token is refused`,
        `${COPY}, or leave it empty`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`Clerk: the keys are those of ${clerkIssuer}`)];
}

/** undefined when the address shows no key set. */
async function readKeys(url: string, secretKey?: string): Promise<Key[] | undefined> {
  const headers: HeadersInit = secretKey === undefined ? {} : { authorization: `Bearer ${secretKey}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  const { keys } = await response?.json().catch(() => ({})) ?? {};
  return response?.ok && Array.isArray(keys) ? keys : undefined;
}

async function moduliOf(pems: string): Promise<string[]> {
  const found = pems.replaceAll("\\n", "\n").match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  const keys = await Promise.all(found.map((pem) => importSPKI(pem, "RS256", { extractable: true })));
  return await Promise.all(keys.map(async (key) => (await crypto.subtle.exportKey("jwk", key as CryptoKey)).n ?? ""));
}
