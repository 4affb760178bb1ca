/** `npm run check` proves here what is a type error. Nothing is run. */
import { BillingError, type BillingErrorCode, createBilling, type ErrorCode, type SubscriptionState } from "../mod.ts";
import type { Billing, SupabaseLike } from "../mod.ts";

interface Catalog {
  lookup_key: "pro_monthly" | "pro_yearly";
  entitlement: "reports";
}

declare const supabase: SupabaseLike;
const URLS = { success_url: "https://a.example/thanks", cancel_url: "https://a.example/plans" };
const change = { subscription: "sub_1" };
const flow = { type: "confirm_update", subscription: "sub_1" } as const;
const return_url = "https://a.example";

/** With the keys of an account. */
export async function narrowed(billing: Billing<Catalog> = createBilling<Catalog>(supabase)) {
  await billing.checkout.create({ price: "pro_monthly", ...URLS });
  await billing.checkout.create({ price: "price_1", ...URLS });
  await billing.subscription.preview({ ...change, price: "pro_yearly" });
  await billing.portal.create({ return_url, flow: { ...flow, price: "pro_yearly" } });
  await billing.portal.create({ return_url, flow: { type: "payment_method" } });
  await billing.prices.page({ lookup_key: ["pro_monthly"] });
  const state = await billing.subscription.get();
  const _granted: boolean = state.hasEntitlement("reports") || state.entitlements.includes("reports");

  // @ts-expect-error not in the catalog
  await billing.checkout.create({ price: "pro_weekly", ...URLS });
  // @ts-expect-error not in the catalog
  await billing.subscription.preview({ ...change, price: "pro_weekly" });
  // @ts-expect-error not in the catalog
  await billing.portal.create({ return_url, flow: { ...flow, price: "pro_weekly" } });
  // @ts-expect-error not in the catalog
  await billing.prices.page({ lookup_key: ["pro_weekly"] });
  // @ts-expect-error not in the catalog
  state.hasEntitlement("report");
  // @ts-expect-error not in the catalog
  state.entitlements.includes("report");
  await billing.subscription.waitFor((state) => state.hasEntitlement("reports"));
  // @ts-expect-error not in the catalog
  await billing.subscription.waitFor((state) => state.hasEntitlement("report"));
  // @ts-expect-error not in the catalog
  billing.subscription.watch((state) => state.hasEntitlement("report"));
  const { hasEntitlement } = state;
  // @ts-expect-error it reads the state that it is called on
  hasEntitlement("reports");
}

/** Without them every text is a key. */
export async function open(billing: Billing = createBilling(supabase)) {
  await billing.checkout.create({ price: "pro_weekly", ...URLS });
  const { entitlements }: SubscriptionState = await billing.subscription.get();
  const _keys: string[] = entitlements;
  // @ts-expect-error a price is a text
  await billing.checkout.create({ price: 1, ...URLS });
}

/** Of wrong arguments. */
export async function wrong(billing: Billing = createBilling(supabase)) {
  // @ts-expect-error an unknown field
  await billing.products.page({ limit: 3, limits: 3 });
  // @ts-expect-error an unknown value
  await billing.prices.page({ interval: "weekly" });
  // @ts-expect-error a missing field
  await billing.checkout.create({ price: "price_1", success_url: "https://a.example" });
  // @ts-expect-error an owner that does not exist
  await billing.customer.ensure({ for: "team" });
  // @ts-expect-error a flow without its subscription
  await billing.portal.create({ return_url, flow: { type: "cancel" } });
  // @ts-expect-error an option that does not exist
  await billing.invoices.page({}, { abort: new AbortController().signal });
  // @ts-expect-error an option that does not exist
  createBilling(supabase, { retry: 1 });
  // @ts-expect-error no client of Supabase
  createBilling({ functions: {} });
}

/** What is expanded, and only that, is there. */
export async function expanded(billing: Billing = createBilling(supabase)) {
  const product = (await billing.products.page({ expand: ["prices"] })).data[0]!;
  const _prices: number = product.prices.length;
  // @ts-expect-error perhaps there are none
  (await billing.products.page()).data[0]!.prices.length;
  const _name: string = (await billing.prices.page({ expand: ["product"] })).data[0]!.product.name;
  const _id: string = (await billing.prices.page({ limit: 3 })).data[0]!.product;
  for await (const { product } of billing.prices.all({ expand: ["product"] })) product.name satisfies string;
}

/** One union has every code. */
export function codes(error: unknown): string | undefined {
  const _every = (code: ErrorCode): BillingErrorCode => code;
  // @ts-expect-error an unknown code
  if (BillingError.is(error, "no_such_code")) return;
  if (BillingError.is(error, "network_error", "platform_error")) {
    error.code satisfies "network_error" | "platform_error";
    // @ts-expect-error narrowed to two codes
    return error.code === "forbidden" ? "" : undefined;
  }
}
