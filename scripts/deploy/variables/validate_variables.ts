/** What must not reach a project, however well-formed it is. */
import {
  CLERK_PUBLISHABLE_KEY,
  CLERK_SECRET_KEY,
  RECONCILE_SECRET,
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
} from "../../lib/project_keys.ts";

type Variables = Readonly<Record<string, string>>;

const STAND_IN_KEYS = [
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
  RECONCILE_SECRET,
  CLERK_PUBLISHABLE_KEY,
  CLERK_SECRET_KEY,
];

/** Lists of pages' addresses, which a browser on the developer's machine may well have. */
const ORIGINS = ["ALLOWED_ORIGINS", "CLERK_AUTHORIZED_PARTIES"];

/** One sentence for each thing that is in the way; `live` is whether live keys are meant. */
export function validateVariables(variables: Variables, { live }: { live: boolean }): string[] {
  return Object.entries(variables).flatMap(([name, value]) => [
    ...standIns(name, value),
    ...wrongMode(name, value, live),
    ...loopback(name, value, live),
  ]);
}

/** Pages on the developer's machine that may call a test project: worth a word. */
export function localOrigins(variables: Variables): string[] {
  return ORIGINS.flatMap((name) => itemsOf(variables[name] ?? "").filter(isLoopback));
}

function standIns(name: string, value: string): string[] {
  return STAND_IN_KEYS.includes(value) ? [`${name} is the key of a local stand-in: a project needs a real one`] : [];
}

function wrongMode(name: string, value: string, live: boolean): string[] {
  const [, mode] = value.match(/^(?:sk|rk|pk)_(live|test)_/) ?? [];
  if (mode === undefined || (mode === "live") === live) return [];
  return live
    ? [`${name} is a test key, and --live wants live ones`]
    : [`${name} is a live key: deploy it with --live, or use a test key`];
}

function loopback(name: string, value: string, live: boolean): string[] {
  const found = itemsOf(value).filter(isLoopback);
  if (found.length === 0 || (ORIGINS.includes(name) && !live)) return [];
  return [`${name} holds "${found.join(", ")}", which only this machine can reach`];
}

const itemsOf = (list: string): string[] => list.split(",").map((item) => item.trim());

function isLoopback(text: string): boolean {
  const host = URL.parse(text)?.hostname ?? "";
  return /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(host);
}
