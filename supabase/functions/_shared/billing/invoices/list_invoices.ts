import * as z from "zod/mini";
import { background } from "../../background.ts";
import { Invoice, InvoicePage, type ListInvoices } from "../../contract/invoices.ts";
import type { Owner } from "../../contract/owner.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as ownObjects from "../../database/own_objects.ts";
import { logWarning } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { type FetchGateways, fetchObject } from "../sync/fetch_object.ts";

export interface InvoiceGateways {
  database:
    & Pick<typeof ownObjects, "findOwnObject" | "listInvoices">
    & Pick<typeof mirror, "recordObjects">
    & ReadsGateways["database"];
  stripe: FetchGateways["stripe"];
}

/**
 * A page of the owner's invoices without drafts, or the invoice that is named, as Stripe has it now. An invoice that is a
 * draft, another customer's or unknown gives an empty page.
 *
 * @throws AppError `invalid_request` for an unknown cursor, `database_unavailable`, `not_configured`
 */
export async function listInvoices(
  owner: Owner,
  { invoice, ...query }: ListInvoices,
  gateways: InvoiceGateways,
): Promise<InvoicePage> {
  if (invoice === undefined) {
    const { data, ...page } = await gateways.database.listInvoices(owner.id, query);
    return { ...page, data: data.map(describe) };
  }
  const current = await readInvoice(owner, invoice, gateways);
  const data = current === null || current.status === "draft" ? [] : [describe(current)];
  return { data, has_more: false, next_cursor: null };
}

/** Fetched from Stripe at most once in three seconds, because its links expire; from the mirror when Stripe fails. */
async function readInvoice(
  owner: Owner,
  object_id: string,
  gateways: InvoiceGateways,
): Promise<Record<string, unknown> | null> {
  const { database, stripe } = readsFor("portal", gateways);
  const ref = { object: "invoice", object_id } as const;
  const { ticket, data, is_fresh } = await database.findOwnObject(owner.id, ref);
  if (ticket === null || is_fresh) return data;
  try {
    const fetched = await fetchObject(ref, { stripe });
    await database.recordObjects(ticket, [fetched]);
    return "deleted" in fetched ? null : { ...fetched };
  } catch (cause) {
    logWarning("An invoice is answered from the mirror, because it could not be fetched", cause);
    return data;
  } finally {
    background("Recording reads", recordReads(gateways));
  }
}

/** The subscription is in the parent since 2025-03-31.basil, on the invoice before. */
function describe(invoice: Record<string, unknown>): Invoice {
  const { subscription_details } = (invoice.parent ?? {}) as { subscription_details?: { subscription?: string } };
  return z.parse(Invoice, { ...invoice, subscription: subscription_details?.subscription ?? invoice.subscription });
}
