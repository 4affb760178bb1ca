import { pathToFileURL } from "node:url";
import { LOCAL } from "../../lib/paths.ts";
import type { Processes } from "../../lib/processes.ts";
import { edgeDeno } from "../../lib/programs.ts";
import { ENV_MODULE } from "../steps/sources.ts";

/** Placeholders for what the platform sets. https://supabase.com/docs/guides/functions/secrets */
const PLATFORM = {
  SUPABASE_URL: "https://project.supabase.co",
  SUPABASE_PUBLISHABLE_KEYS: `{"default":"sb_publishable_"}`,
  SUPABASE_SECRET_KEYS: `{"default":"sb_secret_"}`,
};

/** Placeholders: the deployment stores the first once the endpoint exists, and doctor says what is missing without the second. */
const STORED_LATER = {
  STRIPE_WEBHOOK_SECRET: "whsec_0000000000000000",
  CLERK_WEBHOOK_SIGNING_SECRET: "whsec_0000000000000000",
};

/** Validates variables with the functions' own env.ts, on the platform's Deno. @returns One sentence per problem. */
export async function validateEnv(
  variables: Readonly<Record<string, string>>,
  processes: Processes,
): Promise<string[]> {
  const { success, stdout, stderr } = await processes.run(edgeDeno(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--config=supabase/functions/deno.json",
      "--node-modules-dir=manual",
      "--cached-only",
      "--allow-all",
      "scripts/deploy/variables/report_env_errors.ts",
      pathToFileURL(ENV_MODULE).href,
    ],
    env: {
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: `${LOCAL}/deno`,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      ...PLATFORM,
      ...STORED_LATER,
      ...variables,
    },
  });
  if (!success) throw new Error(`Cannot run the functions' env.ts: ${stderr.trim()}`);
  return JSON.parse(stdout);
}
