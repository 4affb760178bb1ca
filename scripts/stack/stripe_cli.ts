/** Stripe's own CLI, unmodified: without telemetry, and with a home of its own. */
import { Failure } from "../lib/failure.ts";
import { HOME } from "../lib/paths.ts";
import type { Invocation, Processes } from "../lib/processes.ts";
import { stripeCli } from "../lib/programs.ts";

export interface StripeTarget {
  readonly secretKey: string;
  /** Stripe's address, or the emulator's. */
  readonly url: string;
  readonly processes: Processes;
  /** The program; default the CLI that npm installed. */
  readonly program?: string;
}

/** Runs a command of the Stripe CLI. @throws Failure with the CLI's message */
export async function stripe(args: string[], target: StripeTarget): Promise<string> {
  const { program = stripeCli(), processes } = target;
  const { success, stdout, stderr } = await processes.run(program, await invocation(args, target));
  if (!success) throw new Failure(`"stripe ${args.join(" ")}" failed: ${(stderr + stdout).trim()}`);
  return stdout;
}

/** The arguments and the environment of a command of the Stripe CLI. */
export async function invocation(args: string[], { secretKey, url }: StripeTarget): Promise<Invocation> {
  await Deno.mkdir(HOME, { recursive: true });
  return {
    args: [...args, "--api-base", url],
    env: {
      HOME,
      XDG_CONFIG_HOME: HOME,
      STRIPE_API_KEY: secretKey,
      STRIPE_CLI_TELEMETRY_OPTOUT: "1",
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
    },
  };
}

/** Creates the products, prices and features of the seed catalog. */
export async function seedCatalog(target: StripeTarget): Promise<void> {
  await stripe(["fixtures", "scripts/stack/seed_catalog.json"], target);
}

/** Saves settings of the customer portal, which a real account gets in Stripe's dashboard, at a local Stripe that has none. */
export async function savePortalSettings(target: StripeTarget): Promise<void> {
  await stripe(["fixtures", "scripts/stack/portal_settings.json"], target);
  const headers = { authorization: `Bearer ${target.secretKey}` };
  const listed = await fetch(`${target.url}/v1/billing_portal/configurations?limit=1`, { headers });
  const { data: [{ id: configuration }] } = await listed.json();
  const body = JSON.stringify({ configuration });
  const saved = await fetch(`${target.url}/_local/portal_default`, { method: "POST", headers, body });
  if (!saved.ok) throw new Error(`The portal's settings were not saved: ${await saved.text()}`);
}
