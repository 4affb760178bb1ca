import { BillingError } from "./billing_error.ts";
import { type BillingOptions, type CallOptions, createCall } from "./call.ts";
import type { AnyCatalog } from "./catalog.ts";
import type * as contract from "./contract.ts";
import { type BillingServer, connect } from "./server.ts";
import type { SupabaseLike } from "./supabase_like.ts";
import type { Billing, Page } from "./types.ts";
import { waitFor } from "./wait_for.ts";
import { watch } from "./watch.ts";

/**
 * The billing functions of the project that a supabase-js client belongs to, called as the user of its `accessToken`; or
 * those of a server, called as the user of its `getToken`.
 * Every call rejects with a {@link BillingError}, or with the reason of its signal.
 */
export function createBilling<Catalog extends AnyCatalog = AnyCatalog>(
  service: SupabaseLike | BillingServer,
  options: BillingOptions = {},
): Billing<Catalog> {
  const supabase = "functions" in service ? service : connect(service);
  const call = createCall(supabase, options);

  const list = <Item>(name: string) => {
    const page = (query: object = {}, options?: CallOptions) => call<Page<Item>>(name, "GET", query, options);
    return {
      page,
      async *all(query: { starting_after?: string } = {}, options?: CallOptions): AsyncGenerator<Item, void> {
        for (let after: string | null | undefined = query.starting_after; after !== null;) {
          const { data, next_cursor } = await page({ ...query, starting_after: after }, options);
          yield* data;
          after = next_cursor;
        }
      },
    };
  };

  const read = async (input: contract.SubscriptionInput = {}, options?: CallOptions) => ({
    ...await call<contract.SubscriptionState>("stripe-subscription", "GET", input, options),
    hasEntitlement,
  });
  const update = (input: contract.UpdateSubscription, options?: CallOptions) =>
    call<contract.OwnedSubscription>("stripe-subscription-update", "POST", input, options);

  return {
    // The overloads say what each query returns.
    products: list<never>("stripe-products"),
    prices: list<never>("stripe-prices"),
    invoices: list("stripe-invoices"),
    customer: {
      ensure: (input = {}, options) => call("stripe-customer", "POST", input, options),
      find: (input = {}, options) =>
        call<contract.Customer>("stripe-customer", "GET", input, options).catch((error) => {
          if (BillingError.is(error, "customer_not_found")) return null;
          throw error;
        }),
    },
    checkout: { create: (input, options) => call("stripe-checkout", "POST", input, options) },
    portal: { create: (input, options) => call("stripe-portal", "POST", input, options) },
    subscription: {
      get: read,
      waitFor: (fits, { for: owner, session_id, ...options } = {}) =>
        waitFor((options) => read({ for: owner, session_id, sync: true }, options), fits, options),
      watch: (callback, { for: owner, ...options } = {}) =>
        watch(supabase, (options) => read({ for: owner }, options), callback, options),
      preview: (input, options) => call("stripe-subscription-preview", "POST", input, options),
      update,
      cancel: (input, options) => update({ ...input, cancel_at_period_end: true }, options),
      resume: (input, options) => update({ ...input, cancel_at_period_end: false }, options),
    },
  };
}

/** One function for every state, so that equal states are equal to a cache that compares them field by field. */
function hasEntitlement(this: { entitlements: readonly string[] }, key: string): boolean {
  return this.entitlements.includes(key);
}
