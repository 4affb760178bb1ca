/** Rejects variables that are well-formed but must not reach a hosted project. */
import { isLoopback } from "../../lib/loopback.ts";
import {
  CLERK_PUBLISHABLE_KEY,
  CLERK_SECRET_KEY,
  RECONCILE_SECRET,
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
} from "../../lib/project_keys.ts";

type Variables = Readonly<Record<string, string>>;

const EMULATOR_KEYS = [
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
  RECONCILE_SECRET,
  CLERK_PUBLISHABLE_KEY,
  CLERK_SECRET_KEY,
];

/** Lists of frontend origins, which may be on the developer's machine. */
const ORIGINS = ["ALLOWED_ORIGINS", "CLERK_AUTHORIZED_PARTIES"];

/** One sentence per problem. @param live Whether live keys are expected, otherwise test keys. */
export function validateVariables(variables: Variables, { live }: { live: boolean }): string[] {
  return Object.entries(variables).flatMap(([name, value]) => [
    ...emulatorKey(name, value),
    ...wrongMode(name, value, live),
    ...loopback(name, value, live),
  ]);
}

/** Origins on the developer's machine, which may call a test project. */
export function localOrigins(variables: Variables): string[] {
  return ORIGINS.flatMap((name) => itemsOf(variables[name] ?? "").filter((item) => isLoopback(item) && !isApp(item)));
}

function emulatorKey(name: string, value: string): string[] {
  return EMULATOR_KEYS.includes(value) ? [`${name} is the key of a local emulator: a project needs a real one`] : [];
}

function wrongMode(name: string, value: string, live: boolean): string[] {
  const [, mode] = value.match(/^(?:sk|rk|pk)_(live|test)_/) ?? [];
  if (mode === undefined || (mode === "live") === live) return [];
  return live
    ? [`${name} is a test key: --live requires a live key`]
    : [`${name} is a live key: pass --live, or use a test key`];
}

function loopback(name: string, value: string, live: boolean): string[] {
  const found = itemsOf(value).filter((item) => isLoopback(item) && !(ORIGINS.includes(name) && isApp(item)));
  if (found.length === 0 || (ORIGINS.includes(name) && !live)) return [];
  return [`${name} contains "${found.join(", ")}": only this machine can reach it`];
}

const itemsOf = (list: string): string[] => list.split(",").map((item) => item.trim());

/** The origin of an app that serves its own pages: Capacitor on Android, Capacitor, Tauri. */
const isApp = (origin: string): boolean => origin === "https://localhost" || !/^https?:/.test(origin);
