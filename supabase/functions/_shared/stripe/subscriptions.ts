import { stripe } from "./client.ts";
import type { StripeObject } from "./mirrored/resource.ts";
import { subscription } from "./mirrored/subscription.ts";
import { readAll } from "./page.ts";

/**
 * A customer's subscriptions, ended ones too, each with all its items.
 * https://docs.stripe.com/api/subscriptions/list
 */
export const listSubscriptions = (customer: string): Promise<StripeObject[]> =>
  stripe(async (sdk) => {
    const listed = await readAll((page) => sdk.subscriptions.list({ customer, status: "all", ...page }));
    const complete: StripeObject[] = [];
    for (const one of listed) complete.push(await subscription.rest!.complete(sdk, one, () => Promise.resolve()));
    return complete;
  });
