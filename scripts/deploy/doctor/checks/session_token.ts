import { createClerkClient } from "@clerk/backend";
import { decodeJwt, type JWTPayload } from "jose";
import { asSomeUser } from "../../clerk/session.ts";
import { isRegistered, steps } from "../../steps/third_party_auth.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { Target } from "../target.ts";

const BRING_ONE =
  `sign in to your frontend, run "await Clerk.session.getToken()" in its console, and within a minute "npm run doctor -- --token TOKEN" with the same options`;
const ROLE =
  `open https://dashboard.clerk.com/setup/supabase and activate the integration, which adds "role": "authenticated" to every session token`;

/** A user's token is what the functions and the Data API want. A live instance gives none out, so one may be brought. */
export async function checkSessionToken(target: Target): Promise<Finding[]> {
  const registration = await checkRegistration(target);
  const { CLERK_SECRET_KEY: secretKey } = target.variables;
  if (target.token !== undefined) return [...registration, ...await checkToken(target, target.token)];
  if (!secretKey?.startsWith("sk_test_")) {
    return [
      ...registration,
      note("Token: not looked at, because Clerk makes sessions for test instances only", BRING_ONE),
    ];
  }
  const clerk = createClerkClient({ apiUrl: target.clerkUrl, secretKey, telemetry: { disabled: true } });
  const findings = await asSomeUser(clerk, (token) => checkToken(target, token));
  return [
    ...registration,
    ...findings ??
      [note("Token: not looked at, because the Clerk instance has no user", "add one in Clerk's dashboard")],
  ];
}

async function checkRegistration({ hosted, clerkIssuer }: Target): Promise<Finding[]> {
  if (hosted === undefined) return [];
  return await isRegistered(hosted.api, clerkIssuer) ? [ok(`Token: the project believes ${clerkIssuer}`)] : [
    wrong(
      `Token: the project does not believe ${clerkIssuer}, so the Data API refuses its users`,
      steps(hosted.ref, clerkIssuer),
    ),
  ];
}

async function checkToken(target: Target, token: string): Promise<Finding[]> {
  const claims = claimsOf(token);
  if (claims === undefined) return [wrong("Token: it is no session token", BRING_ONE)];
  const { clerkIssuer, variables } = target;
  const findings: Finding[] = [];
  if (claims.iss !== clerkIssuer) {
    findings.push(
      wrong(`Token: it is of "${claims.iss}", not of ${clerkIssuer}`, "look at CLERK_PUBLISHABLE_KEY and CLERK_ISSUER"),
    );
  }
  const parties = (variables.CLERK_AUTHORIZED_PARTIES ?? variables.ALLOWED_ORIGINS ?? "").split(",").map((item) =>
    item.trim()
  );
  if (typeof claims.azp === "string" && !parties.includes(claims.azp)) {
    findings.push(
      wrong(
        `Token: it is for pages of "${claims.azp}" (azp)`,
        "add that origin to ALLOWED_ORIGINS or CLERK_AUTHORIZED_PARTIES",
      ),
    );
  }
  if (claims.role !== "authenticated") {
    findings.push(
      wrong(
        `Token: its role is ${JSON.stringify(claims.role) ?? "missing"}, so the Data API shows its user nothing`,
        ROLE,
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(`Token: it has the role and the origin that are wanted`), ...await tryToken(target, token)];
}

/** Asks a function and the Data API as the token's user, without changing anything. */
async function tryToken(target: Target, token: string): Promise<Finding[]> {
  const { url, repair } = target;
  const authorization = `Bearer ${token}`;
  const customer = await fetch(`${url}/functions/v1/stripe-customer`, { headers: { authorization } });
  const { error } = await customer.json().catch(() => ({}));
  const findings: Finding[] = [];
  if (!customer.ok && error?.code !== "customer_not_found") {
    const said = error?.message ?? "nothing that a function of ours says";
    findings.push(
      wrong(
        `Token: "stripe-customer" answers ${customer.status}: ${said}`,
        `read its log for the cause, then ${repair}`,
      ),
    );
  }
  const rows = await fetch(`${url}/rest/v1/stripe_products?select=id&limit=1`, {
    headers: { authorization, apikey: await target.publishableKey() },
  });
  const { message } = await rows.json().catch(() => ({}));
  if (!rows.ok) {
    const next = target.hosted === undefined ? repair : steps(target.hosted.ref, target.clerkIssuer);
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
