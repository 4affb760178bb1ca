/** Stripe's own CLI, unmodified; it reports nothing to anybody and reads and writes no file of the user's. */
import { Failure } from "./failure.ts";
import { HOME } from "./paths.ts";
import type { Processes } from "./processes.ts";
import { stripeCli } from "./programs.ts";

export interface StripeTarget {
  readonly secretKey: string;
  /** Stripe's address, or a stand-in's. */
  readonly url: string;
  readonly processes: Processes;
}

/** Runs a command of the Stripe CLI. @throws Failure with the CLI's words */
export async function stripe(args: string[], { secretKey, url, processes }: StripeTarget): Promise<string> {
  await Deno.mkdir(HOME, { recursive: true });
  const { success, stdout, stderr } = await processes.run(stripeCli(), {
    args: [...args, "--api-base", url],
    env: {
      HOME,
      XDG_CONFIG_HOME: HOME,
      STRIPE_API_KEY: secretKey,
      STRIPE_CLI_TELEMETRY_OPTOUT: "1",
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
    },
  });
  if (!success) throw new Failure(`"stripe ${args.join(" ")}" failed: ${(stderr + stdout).trim()}`);
  return stdout;
}

/** Creates the products and prices of the seed catalogue. */
export async function seedCatalogue(target: StripeTarget): Promise<void> {
  await stripe(["fixtures", "scripts/local/seed_catalogue.json"], target);
}
