/** The project's variables. https://supabase.com/docs/guides/functions/secrets */
import type { ManagementApi } from "../target/management_api.ts";

interface Secret {
  readonly name: string;
  /** The SHA-256 of the value, in hex: nobody gets a value back. */
  readonly value: string;
}

/** What is different between the project and the file. */
export interface SecretsDifference {
  /** In the file, not in the project. */
  readonly missing: string[];
  /** In both, with other values. */
  readonly other: string[];
  /** In the project and known to the functions, not in the file. */
  readonly left: string[];
}

/** As `supabase secrets set` sends them, but not through a file or a command line. */
export async function sendSecrets(api: ManagementApi, secrets: Readonly<Record<string, string>>): Promise<void> {
  await api.post("/secrets", Object.entries(secrets).map(([name, value]) => ({ name, value })));
}

/** Name → hash of every secret that the project has. */
export async function readDigests(api: ManagementApi): Promise<Map<string, string>> {
  return new Map((await api.get<Secret[]>("/secrets")).map(({ name, value }) => [name, value]));
}

/** @param known The variables that the functions know. */
export async function compareSecrets(
  api: ManagementApi,
  secrets: Readonly<Record<string, string>>,
  known: readonly string[],
): Promise<SecretsDifference> {
  const there = await readDigests(api);
  const other: string[] = [];
  for (const [name, value] of Object.entries(secrets)) {
    const digest = there.get(name);
    if (digest !== undefined && /^[0-9a-f]{64}$/.test(digest) && digest !== await sha256(value)) other.push(name);
  }
  return {
    missing: Object.keys(secrets).filter((name) => !there.has(name)),
    other,
    left: known.filter((name) => there.has(name) && !(name in secrets)),
  };
}

/** In hex. */
export async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
