import type Stripe from "stripe";
import type { ObjectRef } from "../../contract/stripe_events.ts";
import { type ListPage, readAll } from "../page.ts";
import type { Read } from "../read.ts";
import { pick } from "./payment_intent.ts";
import type { BeforeRead, Resource, StripeObject } from "./resource.ts";

type Line = Pick<Stripe.LineItem, (typeof LINE_FIELDS)[number]> & {
  /** Only the fields that never change: an update of a price emits no event for the session. */
  price: Pick<Stripe.Price, "id" | "object" | "product"> | null;
};

/** What the mirror keeps of a session: neither its link nor the buyer's details. */
export type KeptSession = Pick<Stripe.Checkout.Session, (typeof FIELDS)[number]> & {
  lines: { object: "list"; data: Line[]; has_more: boolean };
};

const FIELDS = [
  ...["id", "object", "amount_subtotal", "amount_total", "created", "currency", "customer", "invoice"] as const,
  ...["livemode", "metadata", "mode", "payment_intent", "payment_status", "status"] as const,
] as const;
const LINE_FIELDS = ["id", "object", "amount_subtotal", "amount_total", "currency", "quantity"] as const;

/** A session with all its lines; the list has the complete ones. https://docs.stripe.com/api/checkout/sessions */
export const checkoutSession: Resource<"checkout.session", KeptSession> = {
  retrieve: async (read, id) =>
    await complete(read, kept(await read(["checkout", "sessions", id], { expand: ["line_items"] }))),
  async list(read, page, options) {
    const params = { ...page, status: "complete", expand: ["data.line_items"] };
    const { data, has_more } = await read<ListPage<Stripe.Checkout.Session>>(["checkout", "sessions"], params, options);
    return { data: data.map(kept), has_more };
  },
  rest: { field: "lines", isCut: ({ lines }) => lines.has_more, complete },
  companions: (session) => companions(session as unknown as KeptSession & StripeObject),
};

function kept(session: Stripe.Checkout.Session): KeptSession {
  const { data = [], has_more = false } = session.line_items ?? {};
  return { ...pick(session, FIELDS), lines: { object: "list", data: data.map(keptLine), has_more } };
}

function keptLine(line: Stripe.LineItem): Line {
  return { ...pick(line, LINE_FIELDS), price: line.price && pick(line.price, ["id", "object", "product"]) };
}

/** Stripe embeds the first lines. https://docs.stripe.com/api/checkout/sessions/line_items */
async function complete(read: Read, session: KeptSession, beforeRead?: BeforeRead): Promise<KeptSession> {
  const { id, lines } = session;
  if (!lines.has_more) return session;
  const data = await readAll(
    (page) => read<ListPage<Stripe.LineItem>>(["checkout", "sessions", id, "line_items"], page),
    beforeRead,
  );
  return { ...session, lines: { object: "list", data: data.map(keptLine), has_more: false } };
}

/** Of a purchase that a deployment made: its payment, and the features that it grants. */
function companions({ mode, metadata, payment_intent, lines }: KeptSession): ObjectRef[] {
  if (mode !== "payment" || metadata?.deployment_id === undefined) return [];
  const products = new Set(lines.data.flatMap(({ price }) => price === null ? [] : [price.product as string]));
  return [
    ...payment_intent === null ? [] : [{ object: "payment_intent", object_id: payment_intent as string } as const],
    ...[...products].map((object_id) => ({ object: "product_features", object_id }) as const),
  ];
}
