import type { Store } from "../../core/store.ts";
import type { PaymentMethod, Session } from "../../core/wire.ts";
import { redeem } from "../discount/discount.ts";
import { finalize, markPaid } from "../invoice/collection.ts";
import { createInvoice } from "../invoice/create.ts";
import { amountsOf, newItem } from "../invoice_item/invoice_item.ts";
import { addPayment } from "../invoice_payment/invoice_payment.ts";
import { inCurrency } from "../price/in_currency.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { createBuyer, detailsOf } from "./save_buyer.ts";

/** Completes a session and emits `checkout.session.completed`. */
export function complete(session: Session, method: PaymentMethod | undefined, store: Store): Session {
  const { buyer } = session.attempt!;
  const details = method?.billing_details;
  const given = session.customer ? store.tables.customer.live(session.customer) : undefined;
  const { address, name } = detailsOf(session, method);
  const discounts = session.mode === "payment" ? redeemed(session, store) : [];
  const invoiced = session.invoice_creation?.enabled ? withInvoice(session, discounts, store) : session;
  const done = store.tables["checkout.session"].replace({
    ...invoiced,
    customer_details: {
      address,
      business_name: null,
      email: given?.email ?? session.customer_email ?? buyer.email ?? details?.email ?? null,
      individual_name: null,
      name,
      phone: details?.phone ?? null,
      tax_exempt: "none",
      tax_ids: [],
    },
    status: "complete",
    url: null,
  });
  store.emit("checkout.session.completed", done);
  return done;
}

/** Redeems the code of a single payment; that of a subscription is redeemed with it. @returns The discount's id */
const redeemed = ({ id, customer, discounts }: Session, store: Store): string[] =>
  (discounts ?? []).map((one) => redeem(one, { customer, checkout_session: id, at: store.time() }, store).id);

/** Creates the invoice of a single payment, for the session's customer or a new one. */
function withInvoice(session: Session, discounts: string[], store: Store): Session {
  const customer = session.customer ?? createBuyer(session, store).id;
  const { currency, invoice_creation, lines } = session;
  const items = lines.filter(({ quantity }) => quantity > 0).map(({ price, quantity }) => {
    const priced = inCurrency(store.tables.price.live(price)!, currency!, "currency");
    return store.tables.invoiceitem.add({
      ...newItem({ customer, amount: 0, currency: currency!, quantity }, store),
      ...amountsOf(priced, quantity),
      description: store.tables.product.live(priced.product)?.name ?? null,
    });
  });
  const at = timeOf(customer, store);
  const { description, footer, metadata } = invoice_creation!.invoice_data;
  const invoice = finalize(
    createInvoice(
      {
        customer: store.tables.customer.live(customer)!,
        at,
        currency: currency!,
        billing_reason: "manual",
        collection_method: "charge_automatically",
        auto_advance: false,
        period: { start: at, end: at },
        taxed: session.automatic_tax.enabled,
        description,
        discounts,
        footer,
        metadata: metadata ?? {},
      },
      [],
      items,
      store,
    ),
    at,
    store,
  );
  const paid = session.payment_status === "paid" && invoice.status === "open" ? markPaid(invoice, at, store) : invoice;
  const intent = store.tables.payment_intent.live(session.payment_intent ?? "");
  if (intent) addPayment(paid, intent, store);
  return { ...session, customer, invoice: paid.id };
}
