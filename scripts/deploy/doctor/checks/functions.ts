import { functionNames } from "../../../lib/functions.ts";
import { type Finding, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

const UNKNOWN_ORIGIN = "https://unknown.example";

interface Deployed {
  readonly slug: string;
  readonly status: string;
  readonly verify_jwt: boolean;
}

/** Every function is deployed, starts, accepts the allowed origins only, and has its variables. */
export async function checkFunctions(target: DoctorTarget): Promise<Finding[]> {
  const { url, repair, variables } = target;
  const [origin = "", ...others] = (variables.ALLOWED_ORIGINS ?? "").split(",").map((item) => item.trim())
    .filter((item) => item !== "");
  const names = functionNames();
  const findings = [
    ...await checkDeployed(target, names),
    ...(await Promise.all(names.map((name) => checkPreflight(target, name, origin)))).flat(),
    // All functions read the same list, so one of them tells for each further entry.
    ...(await Promise.all(others.map((other) => checkPreflight(target, names[0]!, other)))).flat(),
  ];
  if (findings.length > 0) return findings;

  const health = await fetch(`${url}/functions/v1/health`);
  const { configured = {} } = await health.json().catch(() => ({}));
  const incomplete = Object.entries(configured).filter(([, complete]) => !complete).map(([service]) => service)
    // Optional: the check of departures reports it.
    .filter((service) => service !== "clerk_webhook" || Boolean(variables.CLERK_WEBHOOK_SIGNING_SECRET));
  if (!health.ok || incomplete.length > 0) {
    const reason = incomplete.length > 0
      ? `variables for ${incomplete.join(" and ")} are missing or malformed`
      : health.status;
    return [wrong(`Functions: "health" answers: ${reason}`, repair)];
  }
  return [
    ok(
      `Functions: ${names.join(", ")} start, have their variables, and accept calls from ${
        [origin, ...others].join(", ")
      } but not from unknown origins`,
    ),
  ];
}

/** Checks what only the management API shows. */
async function checkDeployed({ hosted, repair }: DoctorTarget, names: readonly string[]): Promise<Finding[]> {
  if (hosted === undefined) return [];
  const deployed = new Map((await hosted.api.get<Deployed[]>("/functions")).map((each) => [each.slug, each]));
  return names.flatMap((name) => {
    const found = deployed.get(name);
    if (found === undefined) return [wrong(`Functions: "${name}" is not deployed`, repair)];
    if (found.verify_jwt) {
      return [
        wrong(
          `Functions: the platform verifies the tokens of "${name}" and rejects Clerk's (verify_jwt is on)`,
          repair,
        ),
      ];
    }
    return found.status === "ACTIVE" ? [] : [wrong(`Functions: "${name}" is ${found.status}`, repair)];
  });
}

/** Sends the preflight request of a browser. */
async function checkPreflight({ url, repair }: DoctorTarget, name: string, origin: string): Promise<Finding[]> {
  const allowedFor = async (from: string) => {
    const response = await fetch(`${url}/functions/v1/${name}`, {
      method: "OPTIONS",
      headers: { origin: from, "access-control-request-method": "POST" },
    });
    await response.body?.cancel();
    return { status: response.status, allowed: response.headers.get("access-control-allow-origin") };
  };
  const { status, allowed } = await allowedFor(origin);
  if (status !== 204) return [wrong(`Functions: "${name}" answers a preflight request with ${status}`, repair)];
  if (allowed !== origin) {
    return [
      wrong(`Functions: "${name}" rejects calls from "${origin}"`, `check ALLOWED_ORIGINS, then ${repair}`),
    ];
  }
  if ((await allowedFor(UNKNOWN_ORIGIN)).allowed !== null) {
    return [wrong(`Functions: "${name}" accepts calls from any origin`, repair)];
  }
  return [];
}
