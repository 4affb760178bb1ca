import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { isMissing } from "./errors.ts";
import type { StripeObject } from "./mirrored/resource.ts";
import { subscription } from "./mirrored/subscription.ts";
import { type ListPage, readAll } from "./page.ts";
import { reading } from "./read.ts";

/**
 * A customer's subscriptions, ended ones too, each with all its items.
 * https://docs.stripe.com/api/subscriptions/list
 */
export const listSubscriptions = (customer: string): Promise<Stripe.Subscription[]> =>
  reading(async (read) => {
    const listed = await readAll((page) =>
      read<ListPage<Stripe.Subscription>>(["subscriptions"], { customer, status: "all", ...page })
    );
    const complete: StripeObject[] = [];
    for (const one of listed) complete.push(await subscription.rest!.complete(read, one, () => Promise.resolve()));
    return complete as Stripe.Subscription[];
  });

/** Whether and when a subscription ends. Stripe refuses both fields in one request. */
export type Ending = Pick<Stripe.SubscriptionUpdateParams, "cancel_at" | "cancel_at_period_end">;

/**
 * The subscription after the update, with all its items. Without an idempotency key, because the parameter is the state
 * that is wanted. https://docs.stripe.com/api/subscriptions/update
 */
export const updateEnding = (id: string, ending: Ending): Promise<StripeObject> =>
  reading((read) =>
    stripe(async (sdk) =>
      await subscription.rest!.complete(read, await sdk.subscriptions.update(id, ending), () => Promise.resolve())
    )
  );

/** Lets a subscription end with its period. */
export const endWithPeriod = (id: string): Promise<void> =>
  unlessMissing(updateEnding(id, { cancel_at_period_end: true }));

/** Cancels a subscription now, without a refund and without a last invoice. */
export const cancelNow = (id: string): Promise<void> =>
  unlessMissing(stripe((sdk) => sdk.subscriptions.cancel(id, { invoice_now: false, prorate: false })));

/** One that was canceled meanwhile is what was wanted. */
async function unlessMissing(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
