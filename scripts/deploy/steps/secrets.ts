/** The project's secrets: the functions' environment variables. https://supabase.com/docs/guides/functions/secrets */
import type { ManagementApi } from "../target/management_api.ts";

interface Secret {
  readonly name: string;
  /** The SHA-256 of the value, in hex: values cannot be read back. */
  readonly value: string;
}

/** The differences between the project and the file. */
export interface SecretsDifference {
  /** In the file, not in the project. */
  readonly missing: string[];
  /** In both, with different values. */
  readonly different: string[];
  /** In the project and read by the functions, not in the file. */
  readonly onlyInProject: string[];
}

/** Like `supabase secrets set`, without writing values to a file or a command line. */
export async function sendSecrets(api: ManagementApi, secrets: Readonly<Record<string, string>>): Promise<void> {
  await api.post("/secrets", Object.entries(secrets).map(([name, value]) => ({ name, value })));
}

/** Name → SHA-256 of every secret of the project. */
export async function readDigests(api: ManagementApi): Promise<Map<string, string>> {
  return new Map((await api.get<Secret[]>("/secrets")).map(({ name, value }) => [name, value]));
}

/** @param known The variables that the functions read. */
export async function compareSecrets(
  api: ManagementApi,
  secrets: Readonly<Record<string, string>>,
  known: readonly string[],
): Promise<SecretsDifference> {
  const stored = await readDigests(api);
  const different: string[] = [];
  for (const [name, value] of Object.entries(secrets)) {
    const digest = stored.get(name);
    if (digest !== undefined && /^[0-9a-f]{64}$/.test(digest) && digest !== await sha256(value)) different.push(name);
  }
  return {
    missing: Object.keys(secrets).filter((name) => !stored.has(name)),
    different,
    onlyInProject: known.filter((name) => stored.has(name) && !(name in secrets)),
  };
}

/** The SHA-256 of a text, in hex. */
export async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
