import { type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { privateKey } from "./signing_keys.ts";
import type { ClerkState } from "./state.ts";

/** A token with exactly these claims, signed with the instance's newest key. @throws Error when it has none */
export async function signToken(
  state: ClerkState,
  claims: JWTPayload,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const key = state.signingKeys.at(-1);
  if (key === undefined) throw new Error("The state has no signing key");
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", cat: "cl_B7d4PD111AAA", kid: key.kid, typ: "JWT", ...header })
    .sign(privateKey(key));
}
