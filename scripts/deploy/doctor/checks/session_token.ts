import { createClerkClient } from "@clerk/backend";
import { decodeJwt, type JWTPayload } from "jose";
import { withUserSession } from "../../clerk/session.ts";
import { isRegistered, registerClerkByHand } from "../../steps/third_party_auth.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

const GET_TOKEN =
  `sign in to your frontend, run "await Clerk.session.getToken()" in its console, and within a minute "npm run doctor -- --token TOKEN" with the same options`;
const ROLE =
  `open https://dashboard.clerk.com/setup/supabase and activate the integration, which adds "role": "authenticated" to every session token`;

/** The functions and the Data API accept a user's token. A production instance creates none: the operator passes one. */
export async function checkSessionToken(target: DoctorTarget): Promise<Finding[]> {
  const registration = await checkRegistration(target);
  const { CLERK_SECRET_KEY: secretKey } = target.variables;
  if (target.token !== undefined) return [...registration, ...await checkToken(target, target.token)];
  if (!secretKey?.startsWith("sk_test_")) {
    return [
      ...registration,
      note("Token: not checked, because Clerk creates test sessions for development instances only", GET_TOKEN),
    ];
  }
  const clerk = createClerkClient({ apiUrl: target.clerkUrl, secretKey, telemetry: { disabled: true } });
  const findings = await withUserSession(clerk, (token) => checkToken(target, token));
  return [
    ...registration,
    ...findings ??
      [note("Token: not checked, because the Clerk instance has no user", "add a user in Clerk's dashboard")],
  ];
}

async function checkRegistration({ hosted, clerkIssuer }: DoctorTarget): Promise<Finding[]> {
  if (hosted === undefined) return [];
  return await isRegistered(hosted.api, clerkIssuer) ? [ok(`Token: the project accepts tokens of ${clerkIssuer}`)] : [
    wrong(
      `Token: the project does not accept tokens of ${clerkIssuer}, so the Data API rejects its users`,
      registerClerkByHand(hosted.ref, clerkIssuer),
    ),
  ];
}

async function checkToken(target: DoctorTarget, token: string): Promise<Finding[]> {
  const claims = claimsOf(token);
  if (claims === undefined) return [wrong("Token: this is not a session token", GET_TOKEN)];
  const { clerkIssuer, variables } = target;
  const findings: Finding[] = [];
  if (claims.iss !== clerkIssuer) {
    findings.push(
      wrong(`Token: the issuer is "${claims.iss}", not ${clerkIssuer}`, "check CLERK_PUBLISHABLE_KEY and CLERK_ISSUER"),
    );
  }
  const parties = (variables.CLERK_AUTHORIZED_PARTIES ?? variables.ALLOWED_ORIGINS ?? "").split(",").map((item) =>
    item.trim()
  );
  if (typeof claims.azp === "string" && !parties.includes(claims.azp)) {
    findings.push(
      wrong(
        `Token: the origin "${claims.azp}" (azp) is not allowed`,
        "add that origin to ALLOWED_ORIGINS or CLERK_AUTHORIZED_PARTIES",
      ),
    );
  }
  if (claims.role !== "authenticated") {
    findings.push(
      wrong(
        `Token: the role is ${JSON.stringify(claims.role) ?? "missing"}, so the Data API returns no rows`,
        ROLE,
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(`Token: the role and the origin are correct`), ...await tryToken(target, token)];
}

/** Calls a function and the Data API with the token; only reads. */
async function tryToken(target: DoctorTarget, token: string): Promise<Finding[]> {
  const { url, repair } = target;
  const authorization = `Bearer ${token}`;
  const customer = await fetch(`${url}/functions/v1/stripe-customer`, { headers: { authorization } });
  const { error } = await customer.json().catch(() => ({}));
  const findings: Finding[] = [];
  if (!customer.ok && error?.code !== "customer_not_found") {
    const message = error?.message ?? "no message from the function";
    findings.push(
      wrong(
        `Token: "stripe-customer" answers ${customer.status}: ${message}`,
        `find the cause in its log, then ${repair}`,
      ),
    );
  }
  const rows = await fetch(`${url}/rest/v1/stripe_products?select=id&limit=1`, {
    headers: { authorization, apikey: await target.publishableKey() },
  });
  const { message } = await rows.json().catch(() => ({}));
  if (!rows.ok) {
    const next = target.hosted === undefined ? repair : registerClerkByHand(target.hosted.ref, target.clerkIssuer);
    findings.push(wrong(`Token: the Data API answers ${rows.status}: ${message}`, next));
  }
  return findings.length > 0 ? findings : [ok("Token: a function and the Data API accept it")];
}

function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
