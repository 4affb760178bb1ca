import * as z from "zod/mini";
import { described } from "./described.ts";
import { integer, text } from "./input.ts";
import { owner } from "./owner.ts";
import { redirect } from "./redirect.ts";

const subscription = text();
const price = () => described("The id of a price, or its lookup key.", text());
const change = { price: z.optional(price()), quantity: z.optional(integer(1, 999_999)) };

/** What the portal is opened for; without a flow it shows everything that its configuration allows. */
export const Flow = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("payment_method") }),
  z.strictObject({ type: z.literal("cancel"), subscription }),
  z.strictObject({ type: z.literal("update"), subscription }),
  described(
    "Shows the amount and charges it; what is left out stays as it is.",
    z.strictObject({ type: z.literal("confirm_update"), subscription, ...change }),
  ),
], 'Give a flow whose type is "payment_method", "cancel", "update" or "confirm_update"');
export type Flow = z.infer<typeof Flow>;

/** `POST stripe-portal`. */
export const OpenPortal = z.strictObject({ ...owner, return_url: redirect(), flow: z.optional(Flow) });
export type OpenPortal = z.infer<typeof OpenPortal>;

/** Opens the owner's billing to everyone who has it: not to be logged, stored or sent on. */
export const PortalLink = z.object({
  url: described("Open it at once; do not log, store or send it on.", z.string()),
});
export type PortalLink = z.infer<typeof PortalLink>;

/** `POST stripe-subscription-preview`: what the flow `confirm_update` with the same fields charges. */
export const PreviewChange = z.strictObject({ ...owner, subscription, price: price(), quantity: change.quantity });
export type PreviewChange = z.infer<typeof PreviewChange>;

export const ChangePreview = z.object({
  subscription: z.string(),
  price: z.string(),
  quantity: described("Null for a metered price.", z.nullable(z.int())),
  due: described(
    "`now`: charged when the change is confirmed. `next_invoice`: the amounts are those of the next invoice.",
    z.enum(["now", "next_invoice"]),
  ),
  currency: z.string(),
  subtotal: described("Amounts are in the smallest currency unit.", z.int()),
  total: described("A negative total becomes credit for later invoices.", z.int()),
  amount_due: z.int(),
});
export type ChangePreview = z.infer<typeof ChangePreview>;
