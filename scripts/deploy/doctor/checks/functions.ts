import { functionNames } from "../../steps/sources.ts";
import { type Finding, ok, wrong } from "../finding.ts";
import type { Target } from "../target.ts";

const STRANGER = "https://stranger.example";

interface Deployed {
  readonly slug: string;
  readonly status: string;
  readonly verify_jwt: boolean;
}

/** Every function is there, starts, lets our pages ask and no others, and finds its variables. */
export async function checkFunctions(target: Target): Promise<Finding[]> {
  const { url, repair, variables } = target;
  const [origin = ""] = (variables.ALLOWED_ORIGINS ?? "").split(",").map((item) => item.trim());
  const names = functionNames();
  const findings = [
    ...await checkDeployed(target, names),
    ...(await Promise.all(names.map((name) => checkPreflight(target, name, origin)))).flat(),
  ];
  if (findings.length > 0) return findings;

  const health = await fetch(`${url}/functions/v1/health`);
  const { configured = {} } = await health.json().catch(() => ({}));
  const wanting = Object.entries(configured).filter(([, sound]) => !sound).map(([service]) => service);
  if (!health.ok || wanting.length > 0) {
    const which = wanting.length > 0
      ? `variables for ${wanting.join(" and ")} are missing or malformed`
      : health.status;
    return [wrong(`Functions: "health" says: ${which}`, repair)];
  }
  return [
    ok(`Functions: ${names.join(", ")} start, find their variables, and answer pages of ${origin} and no others`),
  ];
}

/** What only the management API can see. */
async function checkDeployed({ hosted, repair }: Target, names: readonly string[]): Promise<Finding[]> {
  if (hosted === undefined) return [];
  const deployed = new Map((await hosted.api.get<Deployed[]>("/functions")).map((each) => [each.slug, each]));
  return names.flatMap((name) => {
    const found = deployed.get(name);
    if (found === undefined) return [wrong(`Functions: "${name}" is not deployed`, repair)];
    if (found.verify_jwt) {
      return [wrong(`Functions: the platform checks the tokens of "${name}", and refuses Clerk's`, repair)];
    }
    return found.status === "ACTIVE" ? [] : [wrong(`Functions: "${name}" is ${found.status}`, repair)];
  });
}

/** As a browser asks before it calls. */
async function checkPreflight({ url, repair }: Target, name: string, origin: string): Promise<Finding[]> {
  const allowedFor = async (from: string) => {
    const response = await fetch(`${url}/functions/v1/${name}`, {
      method: "OPTIONS",
      headers: { origin: from, "access-control-request-method": "POST" },
    });
    await response.body?.cancel();
    return { status: response.status, allowed: response.headers.get("access-control-allow-origin") };
  };
  const { status, allowed } = await allowedFor(origin);
  if (status !== 204) return [wrong(`Functions: "${name}" answers a preflight with ${status}`, repair)];
  if (allowed !== origin) {
    return [
      wrong(`Functions: "${name}" does not let pages of "${origin}" call`, `look at ALLOWED_ORIGINS, then ${repair}`),
    ];
  }
  if ((await allowedFor(STRANGER)).allowed !== null) {
    return [wrong(`Functions: "${name}" lets pages of any origin call`, repair)];
  }
  return [];
}
