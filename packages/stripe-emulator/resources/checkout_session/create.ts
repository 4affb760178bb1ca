import { invalid, noSuch } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Session } from "../../core/wire.ts";
import { wholeAddress } from "../shared/address.ts";
import { refuseOtherCurrency } from "../shared/currency_lock.ts";
import { EMPTY_SESSION } from "./empty_session.ts";
import { newLines, readPrices } from "./lines.ts";
import type { intentData, SessionParams } from "./params.ts";
import { refuseContradictions } from "./rules.ts";
import { withTotals } from "./totals.ts";

const DAY = 24 * 60 * 60;

export function createSession(params: SessionParams, store: Store): Session {
  const customer = params.customer === undefined ? undefined : store.tables.customer.live(params.customer);
  if (params.customer !== undefined && !customer) throw noSuch("customer", params.customer, "customer");
  const { prices, currency } = readPrices(params, store);
  refuseContradictions(params, customer);
  const subscribes = params.mode === "subscription";
  if (customer && subscribes) refuseOtherCurrency(customer.id, currency, store);
  const now = store.time();
  const expires = params.expires_at ?? now + DAY;
  if (expires < now + 30 * 60 || expires > now + DAY) {
    throw invalid(
      "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
      "expires_at",
    );
  }
  const lines = newLines(prices, params.line_items, store);
  const taxed = params.automatic_tax?.enabled ?? false;
  if (taxed && store.behavior.tax_settings === "pending") {
    throw invalid(
      "You must have a valid head office address to enable automatic tax calculation. Visit https://dashboard.stripe.com/settings/tax to update it.",
      "automatic_tax[enabled]",
    );
  }
  const id = randomId("cs_test_a1", 58);
  const session = {
    ...EMPTY_SESSION,
    id,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    automatic_tax: {
      enabled: taxed,
      liability: taxed ? { type: "self" } : null,
      provider: taxed ? "stripe" : null,
      status: null,
    },
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    created: now,
    currency,
    customer: customer?.id ?? null,
    customer_creation: customer ? null : subscribes ? "always" : "if_required",
    customer_email: params.customer_email ?? null,
    expires_at: expires,
    invoice_creation: subscribes ? null : invoiceCreation(params.invoice_creation),
    locale: (params.locale || null) as Session["locale"],
    metadata: mergeMetadata({}, params.metadata),
    mode: params.mode,
    payment_method_collection: params.payment_method_collection ?? (subscribes ? "always" : "if_required"),
    payment_method_types: params.payment_method_types ?? (currency === "eur" ? ["card", "sepa_debit"] : ["card"]),
    success_url: params.success_url,
    tax_id_collection: { enabled: false, required: "never", ...params.tax_id_collection },
    url: `${store.origin}/c/pay/${id}`,
    attempt: null,
    tax_country: taxed ? customer?.address?.country ?? null : null,
    customer_update: params.customer_update ?? {},
    lines,
    intent_data: intentOf(params.payment_intent_data),
    subscription_data: params.subscription_data ?? {},
  };
  return store.tables["checkout.session"].add(withTotals(session, store));
}

const invoiceCreation = (given: SessionParams["invoice_creation"]): Session["invoice_creation"] => ({
  enabled: given?.enabled ?? false,
  invoice_data: {
    account_tax_ids: null,
    custom_fields: null,
    description: given?.invoice_data?.description ?? null,
    footer: given?.invoice_data?.footer ?? null,
    issuer: null,
    metadata: mergeMetadata({}, given?.invoice_data?.metadata),
    rendering_options: null,
  },
});

function intentOf({ description, metadata, setup_future_usage, shipping }: ReturnType<typeof intentData> = {}) {
  return {
    description: description ?? null,
    metadata: mergeMetadata({}, metadata),
    setup_future_usage: setup_future_usage ?? null,
    shipping: shipping
      ? { address: wholeAddress(shipping.address), name: shipping.name, phone: shipping.phone ?? null }
      : null,
  };
}
