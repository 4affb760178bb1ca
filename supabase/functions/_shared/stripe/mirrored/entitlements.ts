import { type ListPage, readAll } from "../page.ts";
import type { Resource, StripeObject } from "./resource.ts";

/**
 * Everything that a customer may use now, in the shape of Stripe's summary, which has no endpoint of its own.
 * https://docs.stripe.com/api/entitlements/active-entitlement/list
 */
export const entitlements: Resource<"entitlements.active_entitlement_summary"> = {
  filter: "customer",
  async retrieve(read, customer) {
    const data = await readAll((page) =>
      read<ListPage<StripeObject>>(["entitlements", "active_entitlements"], { customer, ...page })
    );
    return {
      id: customer,
      object: "entitlements.active_entitlement_summary",
      customer,
      entitlements: { object: "list", data, has_more: false, url: "/v1/customer_entitlements" },
    } as StripeObject;
  },
};
