import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { invalid, StripeError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { PortalConfiguration, PortalSession, Subscription } from "../core/wire.ts";
import { methodOf } from "../resources/invoice/charged_method.ts";
import { previewUpdate } from "../resources/invoice/preview.ts";
import { attach } from "../resources/payment_method/payment_method.ts";
import { charge } from "../resources/payment_method/test_cards.ts";
import { requireUpdatable } from "../resources/portal_session/portal_session.ts";
import { subscriptionsOf } from "../resources/subscription/of_customer.ts";
import { ENDED, endSubscription } from "../resources/subscription/status.ts";
import { updateSubscription } from "../resources/subscription/update.ts";
import { timeOf } from "../resources/test_clock/test_clock.ts";
import { every, type Html, layout, money } from "./layout.ts";
import { lineTable } from "./line_table.ts";
import { chosenMethod, methodChoice } from "./methods.ts";

interface Portal {
  session: PortalSession;
  configuration: PortalConfiguration;
  store: Store;
}
type Entered = Record<string, string>;

/** The customer portal, at the `url` of its session. */
export const portalPages = (store: Store): Hono =>
  new Hono()
    .get("/p/session/:secret", (context) => answer(context, context.req.query(), store, show))
    .post("/p/session/:secret", async (context) => {
      const form = await context.req.parseBody();
      return answer(context, form as Entered, store, act);
    });

type Handler = (context: Context, portal: Portal, entered: Entered) => Response | Promise<Response>;

/** Answers for an existing session; an error is shown on its page. */
function answer(context: Context, entered: Entered, store: Store, handle: Handler): Response | Promise<Response> {
  const secret = context.req.param("secret")!;
  const session = store.tables["billing_portal.session"].find((one) => one.secret === secret);
  if (!session || !store.tables.customer.live(session.customer)) {
    return context.html(layout("Portal not found", html`<p>This link is not valid.</p>`), 404);
  }
  const configuration = store.tables["billing_portal.configuration"].live(session.configuration as string)!;
  const portal = { session, configuration, store };
  try {
    return handle(context, portal, entered);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    // The page of a confirmation is the change itself, which has just been refused.
    const page = session.flow?.subscription_update_confirm ? back(session) : content(portal);
    return context.html(layout("Billing", page, error.message), error.status as 400 | 402);
  }
}

function show(context: Context, portal: Portal, entered: Entered): Response | Promise<Response> {
  const page = entered.action === "preview" ? confirmation(portal, readChange(portal, entered)) : content(portal);
  return context.html(layout(entered.action === "preview" ? "Confirm the change" : "Billing", page));
}

const pathOf = ({ secret }: PortalSession) => `/p/session/${secret}`;

const back = ({ return_url }: PortalSession): Html =>
  return_url ? html`<p><a href="${return_url}">Return</a></p>` : html``;

/** Everything that the configuration allows, or the one thing of the session's flow. */
function content(portal: Portal): Html {
  const { session, configuration: { features }, store } = portal;
  const own = subscriptionsOf(portal.session.customer, store).filter(({ status }) => !ENDED.includes(status));
  const { flow } = session;
  if (flow?.type === "payment_method_update") return html`${methodForm(portal)}${back(session)}`;
  if (flow?.subscription_cancel) {
    const one = own.find(({ id }) => id === flow.subscription_cancel!.subscription);
    return html`${one ? html`${summary(one, store)}${cancelForm(one)}` : ""}${back(session)}`;
  }
  if (flow?.subscription_update) {
    const one = own.find(({ id }) => id === flow.subscription_update!.subscription);
    return html`${one ? html`${summary(one, store)}${changeForm(portal, one)}` : ""}${back(session)}`;
  }
  if (flow?.subscription_update_confirm) {
    const { subscription, items: [item] } = flow.subscription_update_confirm;
    const entered = {
      subscription,
      ...(item!.price && { price: item!.price }),
      ...(item!.quantity !== undefined && { quantity: String(item!.quantity) }),
    };
    return html`${confirmation(portal, readChange(portal, entered))}${back(session)}`;
  }
  return html`
    ${own.length === 0 ? html`<p>There is no subscription.</p>` : ""}
    ${own.map((one) =>
      html`<section>
  ${summary(one, store)}
  ${features.subscription_cancel.enabled ? cancelForm(one) : ""}
  ${features.subscription_update.enabled ? changeForm(portal, one) : ""}
</section>`
    )}
    ${features.payment_method_update.enabled ? methodForm(portal) : ""}
    ${back(session)}
  `;
}

const summary = (one: Subscription, store: Store): Html =>
  html`<h2>${nameOf(one, store)}</h2>
<p>Status: ${one.status}. ${one.cancel_at === null ? "Renews" : "Ends"} on ${
    day(one.cancel_at ?? periodEnd(one))
  }.</p>`;

const day = (at: number) => new Date(at * 1_000).toISOString().slice(0, 10);
const periodEnd = ({ items }: Subscription) => items.data[0]!.current_period_end;
const nameOf = ({ items }: Subscription, store: Store) =>
  items.data.map(({ price }) => store.tables.product.live(price.product as string)?.name).join(", ");

const cancelForm = ({ id, cancel_at }: Subscription): Html =>
  html`<form method="post">
  <input type="hidden" name="subscription" value="${id}">
  <button name="action" value="${cancel_at === null ? "cancel" : "resume"}">${
    cancel_at === null ? "Cancel the subscription" : "Keep the subscription"
  }</button>
</form>`;

function changeForm({ configuration, store }: Portal, subscription: Subscription): Html {
  const item = subscription.items.data[0]!;
  const { products, default_allowed_updates: allowed } = configuration.features.subscription_update;
  const prices = (products ?? []).flatMap((product) => product.prices).flatMap((id) =>
    store.tables.price.live(id) ?? []
  );
  return html`<form method="get">
  <input type="hidden" name="subscription" value="${subscription.id}">
  ${
    allowed.includes("price") && prices.length > 0
      ? html`<fieldset><legend>Plan</legend>${
        prices.map(({ id, unit_amount, currency, product, recurring }) =>
          html`<label><input type="radio" name="price" value="${id}" ${id === item.price.id ? "checked" : ""}> ${
            store.tables.product.live(product)?.name
          }: ${money(unit_amount ?? 0, currency)}${every(recurring)}</label>`
        )
      }</fieldset>`
      : ""
  }
  ${
    allowed.includes("quantity")
      ? html`<label>Quantity <input type="number" name="quantity" min="1" value="${
        item.quantity ?? 1
      }" required></label>`
      : ""
  }
  <button name="action" value="preview">Preview the change</button>
</form>`;
}

function methodForm({ session, store }: Portal): Html {
  const { invoice_settings } = store.tables.customer.live(session.customer)!;
  const card = store.tables.payment_method.live((invoice_settings.default_payment_method ?? "") as string)?.card;
  return html`<form method="post">
  <p>Default payment method: ${card ? `${card.brand} ending in ${card.last4}` : "none"}</p>
  ${methodChoice(["card"])}
  <button name="action" value="payment_method">Save as default payment method</button>
</form>`;
}

/** A change of a subscription: what the page shows is what is charged, as both have the same parameters. */
interface Change {
  subscription: Subscription;
  price?: string;
  quantity?: number;
  params: Parameters<typeof updateSubscription>[1];
}

/** @throws StripeError when the portal does not offer the change */
function readChange({ session, configuration, store }: Portal, entered: Entered): Change {
  const subscription = requireSubscription(session, entered, store);
  const { subscription_update: feature } = configuration.features;
  if (!feature.enabled) throw invalid("The portal does not offer this change.");
  requireUpdatable(subscription, "subscription");
  const item = subscription.items.data[0]!;
  const price = entered.price || item.price.id;
  const product = feature.products?.find(({ prices }) => prices.includes(price));
  const quantity = entered.quantity === undefined ? item.quantity ?? 1 : Number(entered.quantity);
  if (price !== item.price.id && !product) throw invalid("The portal does not offer this plan.", "price");
  const { minimum, maximum } = product?.adjustable_quantity ?? { minimum: 1, maximum: null };
  if (!Number.isInteger(quantity) || quantity < minimum || quantity > (maximum ?? 999_999)) {
    throw invalid(`Enter a quantity from ${minimum} to ${maximum ?? 999_999}.`, "quantity");
  }
  if (price === item.price.id && quantity === (item.quantity ?? 1)) throw invalid("This changes nothing.", "price");
  return {
    subscription,
    price,
    quantity,
    params: {
      items: [{ id: item.id, price, quantity }],
      proration_behavior: feature.proration_behavior as "none",
      ...(subscription.status === "trialing" && feature.trial_update_behavior === "end_trial" && { trial_end: "now" }),
    },
  };
}

function requireSubscription({ customer }: PortalSession, { subscription: id }: Entered, store: Store): Subscription {
  const found = store.tables.subscription.live(id ?? "");
  if (found?.customer === customer && !ENDED.includes(found.status)) return found;
  throw invalid("There is no such subscription.", "subscription");
}

function confirmation({ session, store }: Portal, { subscription, price, quantity, params }: Change): Html {
  const preview = previewUpdate(subscription.id, params, store);
  const charged = isChargedNow(preview.billing_reason);
  return html`
    ${lineTable(charged ? "Due now" : "On the next invoice", preview.lines.data, {
      Total: money(preview.amount_due, preview.currency),
    })}
    <form method="post">
      <input type="hidden" name="subscription" value="${subscription.id}">
      <input type="hidden" name="price" value="${price}">
      <input type="hidden" name="quantity" value="${quantity}">
      <button name="action" value="confirm">Confirm</button>
    </form>
    ${session.flow?.subscription_update_confirm ? "" : html`<p><a href="${pathOf(session)}">Change nothing</a></p>`}
  `;
}

const isChargedNow = (reason: string | null) => reason !== "upcoming";

function act(context: Context, portal: Portal, entered: Entered): Response | Promise<Response> {
  const { session, configuration: { features }, store } = portal;
  const at = timeOf(session.customer, store);
  switch (entered.action) {
    case "cancel": {
      if (!features.subscription_cancel.enabled) throw invalid("The portal does not offer this change.");
      const one = requireSubscription(session, entered, store);
      if (features.subscription_cancel.mode === "immediately") {
        endSubscription(one, at, "cancellation_requested", store);
      } else updateSubscription(one, { cancel_at_period_end: true }, store);
      break;
    }
    case "resume": {
      if (!features.subscription_cancel.enabled) throw invalid("The portal does not offer this change.");
      const one = requireSubscription(session, entered, store);
      updateSubscription(one, one.cancel_at_period_end ? { cancel_at_period_end: false } : { cancel_at: null }, store);
      break;
    }
    case "confirm": {
      const { subscription, params } = readChange(portal, entered);
      refuseUncharged(subscription, params, store);
      updateSubscription(subscription, params, store);
      break;
    }
    case "payment_method":
      if (!features.payment_method_update.enabled) throw invalid("The portal does not offer this change.");
      saveMethod(session.customer, entered.method ?? "", store);
      break;
    default:
      throw invalid("Choose an action.");
  }
  const { after_completion: after } = session.flow ?? {};
  const next = after?.type === "redirect" ? after.redirect!.return_url : pathOf(session);
  if (after && after.type !== "redirect") {
    return context.html(layout("Done", html`<p role="status">The change is saved.</p>${back(session)}`));
  }
  return context.redirect(next, 303);
}

/** Refuses a change whose payment would be declined: the portal then changes nothing. */
function refuseUncharged(subscription: Subscription, params: Change["params"], store: Store): void {
  const preview = previewUpdate(subscription.id, params, store);
  if (!isChargedNow(preview.billing_reason) || preview.amount_due === 0) return;
  const method = methodOf(subscription, store);
  const failure = method ? charge(method)?.error : invalid("Add a payment method first.", "payment_method");
  if (failure) throw failure;
}

/** Makes a method the default of the customer and of its subscriptions. */
function saveMethod(id: string, choice: string, store: Store): void {
  const buyer = { address: null, email: null, name: null };
  const chosen = chosenMethod(choice, ["card"], buyer, store);
  if (!chosen) throw invalid("Choose a payment method.", "payment_method");
  const method = attach(chosen.id, id, store);
  const customer = store.tables.customer.live(id)!;
  store.tables.customer.replace({
    ...customer,
    invoice_settings: { ...customer.invoice_settings, default_payment_method: method.id },
  });
  for (const one of subscriptionsOf(id, store)) {
    if (ENDED.includes(one.status) || one.default_payment_method === null) continue;
    store.tables.subscription.replace({ ...one, default_payment_method: method.id });
  }
}
