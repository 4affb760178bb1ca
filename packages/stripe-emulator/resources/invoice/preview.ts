import { invalid, noSuch } from "../../core/errors.ts";
import { type AllExpansions, render } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { boolean, fields, integer, list, text } from "../../core/params.ts";
import type { Route } from "../../core/resource.ts";
import { scratchOf, type Store } from "../../core/store.ts";
import type { Invoice } from "../../core/wire.ts";
import { upcomingInvoice } from "../subscription/billing.ts";
import {
  billingCycleAnchor,
  itemChange,
  prorationBehavior,
  timeOrNow,
  type UpdateParams,
} from "../subscription/params.ts";
import { ENDED } from "../subscription/status.ts";
import { updateSubscription } from "../subscription/update.ts";

const params = fields({
  customer: text,
  subscription: text,
  subscription_details: fields({
    billing_cycle_anchor: billingCycleAnchor,
    cancel_at_period_end: boolean,
    items: list(itemChange, 20),
    proration_behavior: prorationBehavior,
    proration_date: integer(0),
    trial_end: timeOrNow,
  }),
}, "subscription");

/** https://docs.stripe.com/api/invoices/create_preview, of an existing subscription. */
export const previewCall = (all: AllExpansions): Route => ({
  method: "POST",
  path: "/v1/invoices/create_preview",
  prepare(form) {
    const { customer, subscription, subscription_details } = params(form, "");
    return (store) => {
      const owner = store.tables.subscription.live(subscription)?.customer;
      if (owner === undefined || (customer !== undefined && owner !== customer)) {
        throw noSuch("subscription", subscription, "subscription");
      }
      return render("invoice", previewUpdate(subscription, subscription_details ?? {}, store), [], all, store);
    };
  },
});

/**
 * The invoice that an update would charge now, else the next one of the updated subscription. The update runs on a copy
 * of the account, so that the amount is the one that is charged.
 */
export function previewUpdate(id: string, changes: UpdateParams, store: Store): Invoice {
  const scratch = scratchOf(store);
  const before = scratch.tables.subscription.live(id)!;
  if (ENDED.includes(before.status)) {
    throw invalid("You cannot preview an invoice for a canceled subscription.", "subscription");
  }
  const after = Object.keys(changes).length === 0 ? before : updateSubscription(before, changes, scratch);
  const charged = after.latest_invoice === before.latest_invoice
    ? undefined
    : scratch.tables.invoice.live(after.latest_invoice!);
  const shown = charged ?? { ...upcomingInvoice(after, scratch), line_ids: [] };
  return {
    ...shown,
    id: randomId("upcoming_in_1", 23),
    amount_paid: 0,
    amount_remaining: shown.amount_due,
    attempt_count: 0,
    attempted: false,
    hosted_invoice_url: null,
    invoice_pdf: null,
    number: null,
    status: "draft",
  } as Invoice;
}
