import type Stripe from "stripe";
import { AppError } from "../../errors.ts";
import { refusalOf } from "../../stripe/errors.ts";
import { fetchAndRecord } from "../sync/fetch_and_record.ts";
import { fetchObject } from "../sync/fetch_object.ts";
import type { CheckoutGateways } from "./gateways.ts";
import { settleSession } from "./settle_sessions.ts";

type Params = Stripe.Checkout.SessionCreateParams;

/**
 * Creates the session, or says why Stripe refuses it.
 *
 * @throws AppError `price_not_offered`, `currency_mismatch`, `invalid_request`, `not_configured`, `stripe_unavailable`
 */
export async function createSession(params: Params, gateways: CheckoutGateways): Promise<Stripe.Checkout.Session> {
  try {
    return await gateways.stripe.createSession(params);
  } catch (error) {
    if (!isCurrencyLocked(error)) throw await explain(error, params, gateways);
  }
  // An open session for a subscription locks the currency too.
  const { listSessions } = gateways.stripe;
  const open = await listSessions(params.customer!, "open");
  for (const { id, mode, metadata } of open) {
    const isOurs = metadata?.deployment_id === (params.metadata as Record<string, string>).deployment_id;
    if (mode === "subscription" && isOurs) await settleSession(id, gateways.stripe);
  }
  try {
    return await gateways.stripe.createSession(params);
  } catch (error) {
    if (!isCurrencyLocked(error)) throw await explain(error, params, gateways);
    const customer = await gateways.stripe.readCustomer(params.customer!);
    const own = customer === null || customer.deleted ? null : customer.currency ?? null;
    throw AppError.currencyMismatch(own, params.currency!);
  }
}

/** Stripe gives this refusal no code. */
const isCurrencyLocked = (error: unknown): boolean =>
  refusalOf(error)?.message.startsWith("You cannot combine currencies on a single customer") ?? false;

async function explain(error: unknown, params: Params, gateways: CheckoutGateways): Promise<unknown> {
  const refusal = refusalOf(error);
  if (refusal === undefined) return error;
  const { code, param } = refusal;
  if (code === "customer_tax_location_invalid" || param.startsWith("automatic_tax")) {
    return AppError.notConfigured("CHECKOUT_TAX is automatic, and Stripe refuses it: set up Stripe Tax", error);
  }
  if (param.startsWith("tax_id_collection")) {
    return AppError.notConfigured("CHECKOUT_TAX_IDS is on, and Stripe refuses it", error);
  }
  if (param.startsWith("line_items")) {
    const object_id = params.line_items![0]!.price!;
    await fetchAndRecord(() => fetchObject({ object: "price", object_id }, gateways), gateways.database);
    return AppError.priceNotOffered();
  }
  if (["success_url", "cancel_url", "locale"].includes(param)) {
    return AppError.invalidRequest([{ field: param, message: "Stripe refuses this value" }]);
  }
  return error;
}
