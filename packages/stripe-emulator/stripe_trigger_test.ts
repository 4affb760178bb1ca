import { openAccount } from "./testing/account.ts";
import { assertArrayIncludes } from "./testing/assert.ts";
import { stripe } from "./testing/stripe_cli.ts";

/** The billing events that the Stripe CLI can trigger: `stripe trigger --help` lists all. */
const TRIGGERS = [
  "product.created",
  "product.updated",
  "product.deleted",
  "price.created",
  "price.updated",
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.trial_will_end",
  "invoice.created",
  "invoice.updated",
  "invoice.finalized",
  "invoice.sent",
  "invoice.paid",
  "invoice.payment_succeeded",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "invoice.voided",
  "invoice.marked_uncollectible",
  "invoice.deleted",
  "invoiceitem.created",
  "invoiceitem.deleted",
  "payment_method.attached",
  "payment_method.detached",
  "checkout.session.completed",
  "checkout.session.expired",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "test_helpers.test_clock.created",
  "test_helpers.test_clock.advancing",
  "test_helpers.test_clock.ready",
  "test_helpers.test_clock.deleted",
];
/** Triggers with another name than their event. */
const RENAMED = [
  ["subscription.payment_succeeded", "invoice.payment_succeeded"],
  ["subscription.payment_failed", "invoice.payment_failed"],
];

const ALL = [...TRIGGERS.map((type) => [type, type]), ...RENAMED] as [string, string][];
/** How many are triggered, from a random one on: by default all. */
const COUNT = Math.min(Number(Deno.env.get("PROOF_TRIGGERS") ?? 100), ALL.length);
const first = Math.floor(Math.random() * ALL.length);

for (const [trigger, type] of Array.from({ length: COUNT }, (_, n) => ALL[(first + n) % ALL.length]!)) {
  Deno.test(`stripe trigger ${trigger} emits ${type}`, async () => {
    await using account = openAccount();
    await stripe(account.url, "trigger", trigger);
    const { body } = await account.get("/v1/events?limit=100");
    assertArrayIncludes(body.data.map((event: { type: string }) => event.type), [type]);
  });
}
