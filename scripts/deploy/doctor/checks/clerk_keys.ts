import { importPublicKeys } from "../../../../supabase/functions/_shared/contract/public_keys.ts";
import { type Finding, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

interface Key extends JsonWebKey {
  readonly kid: string;
}

const COPY = "copy the keys of one instance from https://dashboard.clerk.com/last-active?path=api-keys";

/** The secret key works and belongs to the publishable key's instance; so does the public key. */
export async function checkClerkKeys(target: DoctorTarget): Promise<Finding[]> {
  const { clerkIssuer, clerkUrl, keySetUrl, variables } = target;
  const published = await readKeys(keySetUrl);
  if (published === undefined) {
    return [wrong(`Clerk: "${keySetUrl}" serves no key set`, `check CLERK_PUBLISHABLE_KEY and CLERK_ISSUER: ${COPY}`)];
  }
  const findings: Finding[] = [];

  const { CLERK_SECRET_KEY: secretKey, CLERK_JWT_KEY: pems } = variables;
  if (secretKey !== undefined) {
    const own = await readKeys(`${clerkUrl}/v1/jwks`, secretKey);
    if (own === undefined) findings.push(wrong("Clerk: Clerk rejects CLERK_SECRET_KEY", COPY));
    else if (!own.some(({ kid }) => published.some((key) => key.kid === kid))) {
      findings.push(wrong(`Clerk: CLERK_SECRET_KEY belongs to another instance than ${clerkIssuer}`, COPY));
    }
  }
  const own = pems === undefined ? undefined : await importPublicKeys(pems).catch(() => null);
  if (own === null) findings.push(wrong("Clerk: CLERK_JWT_KEY cannot be imported as a public key", COPY));
  else if (own !== undefined && !own.some(({ n }) => published.some((key) => key.n === n))) {
    findings.push(
      wrong(
        `Clerk: CLERK_JWT_KEY is not a key of ${clerkIssuer}, so every token is rejected`,
        `${COPY}, or leave it empty`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`Clerk: the keys belong to ${clerkIssuer}`)];
}

/** @returns undefined when the URL serves no key set */
async function readKeys(url: string, secretKey?: string): Promise<Key[] | undefined> {
  const headers: HeadersInit = secretKey === undefined ? {} : { authorization: `Bearer ${secretKey}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  const { keys } = await response?.json().catch(() => ({})) ?? {};
  return response?.ok && Array.isArray(keys) ? keys : undefined;
}
