import { invalid, noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, oneOf, text, time } from "../../core/params.ts";
import { action, type Resource, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Session } from "../../core/wire.ts";
import { createSession } from "./create.ts";
import { abandonPayment, isBusy } from "./payment.ts";
import { allLineItems, lineItemsOf } from "./lines.ts";
import { type SessionParams, sessionParams } from "./params.ts";

const listed = fields({
  ...pageParams,
  created: time,
  customer: text,
  payment_intent: text,
  status: oneOf("complete", "expired", "open"),
  subscription: text,
});

export const expansions: Expansions<Session> = {
  references: {
    customer: "customer",
    invoice: "invoice",
    payment_intent: "payment_intent",
    setup_intent: null,
    subscription: "subscription",
  },
  included: { line_items: (session, _paths, _all, store) => lineItemsOf(session, store) },
  hidden: ["attempt", "customer_update", "lines", "intent_data", "subscription_data", "tax_country"],
};

/** https://docs.stripe.com/api/checkout/sessions */
export const checkoutSession: Resource<"checkout.session", SessionParams, never, ReturnType<typeof listed>> = {
  kind: "checkout.session",
  path: "/v1/checkout/sessions",
  idParam: "session",
  create: { params: sessionParams, run: createSession },
  list: {
    params: listed,
    matches({ created, customer, payment_intent, status, subscription }, store) {
      if (customer !== undefined && store.tables.customer.get(customer) === undefined) {
        throw noSuch("customer", customer, "customer");
      }
      return (session) =>
        (created === undefined || created(session.created)) &&
        (customer === undefined || session.customer === customer) &&
        (payment_intent === undefined || session.payment_intent === payment_intent) &&
        (status === undefined || session.status === status) &&
        (subscription === undefined || session.subscription === subscription);
    },
  },
};

/** The calls that other resources do not have. */
export const checkoutSessionCalls = (all: AllExpansions): Route[] => [
  action({
    kind: "checkout.session",
    path: "/v1/checkout/sessions/:id/expire",
    idParam: "session",
    params: fields({}),
    run(session, _, store) {
      if (session.status === "open" && store.behavior.checkout_expiry === "refuses" && isBusy(session)) {
        throw invalid("This Checkout Session cannot be expired while its payment is in progress.", "session");
      }
      if (session.status === "open") return expire(session, store);
      throw invalid(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
        "session",
      );
    },
  }, all),
  lineItems,
];

const lineParams = fields(pageParams);

/** https://docs.stripe.com/api/checkout/sessions/line_items; in the order of the session, unlike other lists. */
const lineItems: Route = {
  method: "GET",
  path: "/v1/checkout/sessions/:id/line_items",
  prepare(form, id) {
    const { limit = 10, starting_after: after, ending_before: before } = lineParams(form, "");
    return (store) => {
      const session = store.tables["checkout.session"].live(id);
      if (!session) throw noSuch("checkout.session", id, "session", 404);
      const all = allLineItems(session, store);
      const cursor = (item: string | undefined, param: string, none: number) => {
        const index = item === undefined ? none : all.findIndex((one) => one.id === item);
        if (item !== undefined && index < 0) throw noSuch("line_item", item, param);
        return index;
      };
      const start = cursor(after, "starting_after", -1) + 1;
      const end = cursor(before, "ending_before", all.length);
      const data = before === undefined ? all.slice(start, start + limit) : all.slice(Math.max(0, end - limit), end);
      const has_more = before === undefined ? start + limit < all.length : end > limit;
      return { object: "list", data, has_more, url: `/v1/checkout/sessions/${id}/line_items` };
    };
  },
};

/** The session with an id. @throws StripeError unless it is open */
export function openSession(id: string, store: Store): Session {
  const session = store.tables["checkout.session"].live(id);
  if (!session) throw noSuch("checkout.session", id, "session", 404);
  if (session.status === "open") return session;
  throw invalid(`This Checkout Session is not open any more: its status is \`${session.status}\`.`, "session");
}

/** Expires open sessions after their time. */
export function expireSessions(store: Store): void {
  const table = store.tables["checkout.session"];
  for (let position = 0; position < table.length; position++) {
    const session = table.at(position);
    if (session?.status === "open" && session.expires_at <= store.time()) expire(session, store);
  }
}

function expire(session: Session, store: Store): Session {
  const after = store.tables["checkout.session"].replace({ ...session, status: "expired", url: null });
  store.emit("checkout.session.expired", after);
  if (store.behavior.checkout_expiry !== "leaves") abandonPayment(after, store);
  return after;
}
