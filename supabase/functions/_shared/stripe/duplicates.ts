import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { refusalOf } from "./errors.ts";
import { LIST_OPTIONS, readAll } from "./page.ts";

/** Every invoice of a subscription. https://docs.stripe.com/api/invoices/list */
export const listInvoicesOf = (subscription: string): Promise<Stripe.Invoice[]> =>
  stripe((sdk) => readAll((page) => sdk.invoices.list({ subscription, ...page }, LIST_OPTIONS)));

/**
 * Refunds all that was paid for an invoice and is not refunded yet, so a repetition refunds nothing. Never with an amount:
 * then two calls could each refund a part. Without an idempotency key, under which a failure would be stored for a day.
 * https://docs.stripe.com/api/invoice-payment/list, https://docs.stripe.com/api/refunds/create
 */
export async function refundInvoice(invoice: string): Promise<void> {
  const payments = await stripe((sdk) =>
    readAll((page) => sdk.invoicePayments.list({ invoice, status: "paid", ...page }, LIST_OPTIONS))
  );
  for (const { payment } of payments) {
    const payment_intent = idOf(payment.payment_intent);
    const charge = idOf(payment.charge);
    // A payment outside of Stripe has neither, and its money is not Stripe's to return.
    if (payment_intent === undefined && charge === undefined) continue;
    try {
      const params = payment_intent === undefined ? { charge } : { payment_intent };
      await stripe((sdk) => sdk.refunds.create({ ...params, reason: "duplicate" }));
    } catch (error) {
      if (refusalOf(error)?.code !== "charge_already_refunded") throw error;
    }
  }
}

const idOf = (reference: string | { id: string } | undefined): string | undefined =>
  typeof reference === "object" ? reference.id : reference;
