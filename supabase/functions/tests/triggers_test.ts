/** The official Stripe CLI triggers events, which are delivered to stripe-webhook and mirrored. */
import { assert, assertEquals } from "@std/assert";
import { STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { forEach } from "../../../scripts/testbed/for_each.ts";
import { atStripe, mirrored } from "./mirror_assertions.ts";
import { type Stack, startStack } from "./stack.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Event types of our table without a trigger in the CLI. Other tests cause them. */
const WITHOUT_TRIGGER = [
  "customer.subscription.pending_update_applied",
  "customer.subscription.pending_update_expired",
  "customer.subscription.resumed",
  "entitlements.active_entitlement_summary.updated",
  "invoice.finalization_failed",
  "invoice.overdue",
  "price.deleted",
  "refund.failed",
  "refund.updated",
];
/** The local Stripe takes payments for sessions and invoices only: one_time_purchases_test.ts makes these events. */
const OF_A_BARE_PAYMENT = [
  "charge.dispute.closed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.refunded",
];
/** The CLI's one-time payments are of no deployment, so they are fetched and not mirrored. */
const OF_A_DEPLOYMENT = ["checkout.session", "payment_intent"];
/** Concurrent triggers. Each is a process that sends its requests one after another. */
const CONCURRENCY = 3;

Deno.test("stripe trigger, for every event type that the CLI supports", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const known = await listTriggers(stack);
  const types = Object.keys(STRIPE_EVENTS).filter((type) => known.has(type) && !OF_A_BARE_PAYMENT.includes(type));
  assertEquals(Object.keys(STRIPE_EVENTS).filter((type) => !known.has(type)).toSorted(), WITHOUT_TRIGGER);

  const failed = new Map<string, unknown>();
  await forEach(types, CONCURRENCY, async (type) => {
    await stripe(stack, "trigger", type).catch((error) => failed.set(type, error));
  });
  await stack.webhooksAnswered();

  for (const type of types) {
    await t.step(`${type} is received, and what is ours of its object is mirrored as it is at Stripe`, async () => {
      if (failed.has(type)) throw failed.get(type);
      const entries = await stack.sql`select * from billing.webhook_events where type = ${type}`;
      assert(entries.length > 0, "It was never received");
      for (const { object, object_id, outcome } of entries) {
        assert(["processed", "covered"].includes(outcome), `It is ${outcome}`);
        const [held] = await mirrored(stack, [{ object, object_id }]);
        const expected = OF_A_DEPLOYMENT.includes(object) ? undefined : await atStripe(stack, { object, object_id });
        assertEquals(held, expected);
      }
    });
  }
});

/** Runs the CLI with a temporary home directory. */
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
    const output = new TextDecoder().decode(stdout);
    if (!success) throw new Error(`stripe ${args.join(" ")}: ${output}${new TextDecoder().decode(stderr)}`);
    return output;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const listTriggers = async (stack: Stack) =>
  new Set((await stripe(stack, "trigger", "--help")).match(/[a-z_]+(\.[a-z_]+)+/g));
