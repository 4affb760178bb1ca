/** The official Stripe CLI as examiner: what it triggers arrives signed at stripe-webhook, and the mirror shows it. */
import { assert, assertEquals } from "@std/assert";
import { STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { readLog } from "./log_lines.ts";
import { atStripe, mirrored } from "./mirror_state.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Types of the table that the CLI has no trigger for; the journeys make them happen. */
const WITHOUT_TRIGGER = [
  "customer.subscription.pending_update_applied",
  "customer.subscription.pending_update_expired",
  "customer.subscription.resumed",
  "entitlements.active_entitlement_summary.updated",
  "invoice.finalization_failed",
  "invoice.overdue",
  "price.deleted",
];
/** The CLI's checkouts are of a single payment: there is no subscription to look at. */
const SINGLE_PAYMENT = /^checkout\.session\./;
/** Triggers at once: each is a process that asks for one thing after another. */
const AT_ONCE = 3;

Deno.test("stripe trigger, for every type of the table that it has", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const known = await listTriggers(stack);
  const types = Object.keys(STRIPE_EVENTS).filter((type) => known.has(type));
  assertEquals(Object.keys(STRIPE_EVENTS).filter((type) => !known.has(type)).toSorted(), WITHOUT_TRIGGER);

  const waiting = [...types];
  const failed = new Map<string, unknown>();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let type = waiting.shift(); type !== undefined; type = waiting.shift()) {
      await stripe(stack, "trigger", type).catch((error) => failed.set(type!, error));
    }
  }));
  await until(async () => (await stack.deliveries()).pending === 0, "every delivery is made");

  for (const type of types.filter((type) => SINGLE_PAYMENT.test(type))) {
    await t.step(`${type} arrives, and is ignored when nothing of ours was bought`, async () => {
      if (failed.has(type)) throw failed.get(type);
      const notes = (await readLog(stack)).filter(({ message }) => /^Ignored "evt_/.test(String(message)));
      assert(notes.some(({ message }) => String(message).includes(`(${type})`)), "It never came");
    });
  }

  for (const type of types.filter((type) => !SINGLE_PAYMENT.test(type))) {
    await t.step(`${type} arrives, and the mirror shows its object as it is at Stripe`, async () => {
      if (failed.has(type)) throw failed.get(type);
      const entries = await stack.sql`select * from billing.webhook_events where type = ${type}`;
      assert(entries.length > 0, "It never came");
      for (const { object, object_id, outcome } of entries) {
        assert(["processed", "covered"].includes(outcome), `It is ${outcome}`);
        const [held] = await mirrored(stack, [{ object, object_id }]);
        assertEquals(held, await atStripe(stack, { object, object_id }));
      }
    });
  }
});

/** Runs the CLI with a home of its own. */
async function stripe({ stripe_url, stripe_secret_key }: Stack, ...args: string[]): Promise<string> {
  const home = await Deno.makeTempDir();
  try {
    const { success, stdout, stderr } = await new Deno.Command(`${ROOT}node_modules/.bin/stripe`, {
      args: [...args, "--api-base", stripe_url],
      cwd: ROOT,
      clearEnv: true,
      env: {
        HOME: home,
        XDG_CONFIG_HOME: home,
        PATH: Deno.env.get("PATH") ?? "",
        STRIPE_API_KEY: stripe_secret_key,
        STRIPE_CLI_TELEMETRY_OPTOUT: "1",
      },
    }).output();
    const said = new TextDecoder().decode(stdout);
    if (!success) throw new Error(`stripe ${args.join(" ")}: ${said}${new TextDecoder().decode(stderr)}`);
    return said;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const listTriggers = async (stack: Stack) =>
  new Set((await stripe(stack, "trigger", "--help")).match(/[a-z_]+(\.[a-z_]+)+/g));
