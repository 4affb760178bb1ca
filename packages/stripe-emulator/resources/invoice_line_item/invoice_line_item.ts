import { noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { pageParams } from "../../core/pages.ts";
import { fields } from "../../core/params.ts";
import { listing, type Route } from "../../core/resource.ts";
import type { LineItem } from "../../core/wire.ts";

export const expansions: Expansions<LineItem> = { references: { subscription: "subscription" }, included: {} };

/** https://docs.stripe.com/api/invoice-line-item/retrieve */
export const lineItemCalls = (all: AllExpansions): Route[] => [
  listing({
    kind: "line_item",
    path: "/v1/invoices/:id/lines",
    params: fields(pageParams),
    matches(_, store, id) {
      if (!store.tables.invoice.live(id)) throw noSuch("invoice", id, "invoice", 404);
      return (line) => line.invoice === id;
    },
  }, all),
];
