import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { StripeError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { Buyer, Session } from "../core/wire.ts";
import { allLineItems, withQuantities } from "../resources/checkout_session/lines.ts";
import { asksForLocation, withLocation } from "../resources/checkout_session/location.ts";
import { finishAuthentication, isBusy, needsMethod, startPayment } from "../resources/checkout_session/payment.ts";
import { withCode, withoutCode } from "../resources/checkout_session/promotion_code.ts";
import { wholeAddress } from "../resources/shared/address.ts";
import { every, type Html, layout, money } from "./layout.ts";
import { chosenMethod, methodChoice } from "./methods.ts";

type Entered = Record<string, string>;

/** The payment page of a Checkout session, at its `url`. */
export const checkoutPages = (store: Store): Hono =>
  new Hono()
    .get("/c/pay/:id", (context) => show(context, store))
    .post("/c/pay/:id", async (context) => submit(context, await enteredBy(context), store))
    .get("/c/pay/:id/authenticate", (context) => {
      const session = sessionOf(context, store);
      return session && isBusy(session)
        ? context.html(authentication(session))
        : context.redirect(pathOf(session?.id), 303);
    })
    .post("/c/pay/:id/authenticate", async (context) => authenticate(context, await enteredBy(context), store));

async function enteredBy(context: Context): Promise<Entered> {
  const form = await context.req.parseBody();
  return Object.fromEntries(
    Object.entries(form).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

const sessionOf = (context: Context, store: Store): Session | undefined =>
  store.tables["checkout.session"].live(context.req.param("id")!);

const pathOf = (id = "unknown") => `/c/pay/${id}`;

/** Where the buyer returns to after the payment. */
const successOf = ({ id, success_url }: Session): string => success_url!.replaceAll("{CHECKOUT_SESSION_ID}", id);

function show(context: Context, store: Store, entered: Entered = {}, error?: StripeError) {
  const session = sessionOf(context, store);
  if (!session) return context.html(layout("Payment not found", html`<p>This link is not valid.</p>`), 404);
  if (session.status === "complete") {
    return context.html(layout("Payment complete", html`<p><a href="${successOf(session)}">Continue</a></p>`));
  }
  const { cancel_url } = session;
  if (session.status === "expired") {
    return context.html(
      layout("Payment expired", html`<p>This link has expired.</p>${back(cancel_url)}`),
      410,
    );
  }
  return context.html(
    layout(session.mode === "subscription" ? "Subscribe" : "Pay", payment(session, entered, store), error?.message),
    error ? (error.status as 400 | 402) : 200,
  );
}

const back = (url: string | null) => url ? html`<p><a href="${url}">Back</a></p>` : "";

/**
 * The order and the form of an open session. The quantities have a form of their own, so that Enter in another field
 * pays; the amount that is shown is the amount that is paid.
 */
function payment(session: Session, entered: Entered, store: Store): Html {
  const { currency, lines, amount_subtotal, amount_total, subscription_data: { trial_period_days: days } } = session;
  const { amount_discount, amount_tax } = session.total_details!;
  const { enabled: taxed, status: taxStatus } = session.automatic_tax;
  const shown = (amount: number | null) => money(amount ?? 0, currency!);
  const order = html`
    <table>
      <caption>Your order</caption>
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">Quantity</th>
          <th scope="col">Amount</th>
        </tr>
      </thead>
      <tbody>${allLineItems(session, store).map((
        { description, quantity, amount_subtotal, adjustable_quantity, price },
        index,
      ) =>
        html`
          <tr>
            <td>${description}${every(price.recurring)}</td>
            <td>${adjustable_quantity
              ? html`<label>Quantity <input name="quantity_${index}" type="number" inputmode="numeric" required value="${quantity}" min="${adjustable_quantity.minimum}" max="${adjustable_quantity.maximum}"></label>`
              : quantity}</td>
            <td>${shown(amount_subtotal)}</td>
          </tr>
        `
      )}</tbody>
      <tfoot>
        <tr>
          <th scope="row" colspan="2">Subtotal</th>
          <td>${shown(amount_subtotal)}</td>
        </tr>
        ${amount_discount > 0 ? sum("Discount", shown(-amount_discount)) : ""}
        ${taxed ? sum("Tax", taxStatus === "complete" ? shown(amount_tax) : "depends on your address") : ""}
        <tr>
          <th scope="row" colspan="2">Total</th>
          <td>${shown(amount_total)}</td>
        </tr>
        <tr>
          <th scope="row" colspan="2">Due today</th>
          <td>${shown(days === undefined ? amount_total : 0)}</td>
        </tr>
      </tfoot>
    </table>
      ${days === undefined ? "" : html`<p>The trial lasts ${days} days.</p>`}
  `;
  // The page of a failed authentication has another address, so the forms name theirs.
  const form = (content: Html) => html`<form method="post" action="${pathOf(session.id)}">${content}</form>`;
  return html`${
    lines.some(({ adjustable_quantity }) => adjustable_quantity)
      ? form(html`${order}<button name="action" value="update">Update the quantity</button>`)
      : order
  }
${session.allow_promotion_codes ? form(codeField(session, entered, store)) : ""}
${
    form(html`${buyerFields(session, entered, store)}
  ${needsMethod(session) ? methodChoice(session.payment_method_types, entered.method) : ""}
  <button name="action" value="pay">${session.mode === "subscription" ? "Subscribe" : "Pay"}</button>`)
  }
${back(session.cancel_url)}`;
}

const sum = (name: string, amount: string) =>
  html`
    <tr>
      <th scope="row" colspan="2">${name}</th>
      <td>${amount}</td>
    </tr>
  `;

/** The field for a promotion code, or the code that is applied. */
function codeField({ discounts }: Session, { promotion_code = "" }: Entered, store: Store): Html {
  const applied = store.tables.promotion_code.live(discounts?.[0]?.promotion_code ?? "");
  return applied
    ? html`<p>Promotion code: ${applied.code}</p><button name="action" value="remove_code">Remove the code</button>`
    : html`
      <label>Promotion code <input name="promotion_code" autocomplete="off" required value="${promotion_code}"></label>
      <button name="action" value="apply_code">Apply the code</button>
    `;
}

const ADDRESS = [
  ["line1", "Street", "address-line1"],
  ["postal_code", "Postal code", "postal-code"],
  ["city", "City", "address-level2"],
  ["country", "Country (two letters)", "country"],
] as const;

/** The fields for the email, if it is not known, the name, and the address, if the session collects it. */
function buyerFields(session: Session, entered: Entered, store: Store): Html {
  const customer = store.tables.customer.live(session.customer ?? "");
  const email = customer?.email ?? session.customer_email;
  const address = collectsAddress(session, store);
  return html`<fieldset>
  <legend>About you</legend>
  ${
    email
      ? html`<p>Email: ${email}</p>`
      : html`<label>Email <input name="email" type="email" autocomplete="email" required value="${
        entered.email ?? session.attempt?.buyer.email ?? ""
      }"></label>`
  }
  <label>Name <input name="name" autocomplete="name" value="${
    entered.name ?? session.attempt?.buyer.name ?? customer?.name ?? ""
  }"></label>
  ${
    address
      ? ADDRESS.map(([name, label, autocomplete]) =>
        html`<label>${label} <input name="${name}" autocomplete="${autocomplete}" required value="${
          entered[name] ?? session.attempt?.buyer.address?.[name] ?? customer?.address?.[name] ?? ""
        }"></label>`
      )
      : ""
  }
</fieldset>`;
}

const collectsAddress = (session: Session, store: Store) =>
  session.billing_address_collection === "required" || asksForLocation(session, store);

/** Changes the quantities or the promotion code, or pays. */
function submit(context: Context, entered: Entered, store: Store) {
  const session = sessionOf(context, store);
  if (session?.status !== "open") return show(context, store);
  try {
    if (entered.action === "apply_code") withCode(session, entered.promotion_code ?? "", store);
    if (entered.action === "remove_code") withoutCode(session, store);
    if (entered.action?.endsWith("_code")) return context.redirect(pathOf(session.id), 303);
    const changed = withQuantities(session, entered, store);
    if (entered.action === "update") return context.redirect(pathOf(session.id), 303);
    const buyer = readBuyer(entered, collectsAddress(session, store));
    const located = withLocation(changed, buyer.address, store);
    if (located.amount_total !== changed.amount_total) {
      throw new StripeError(400, { message: "The total now has the tax of this address. Check it, then continue." });
    }
    const method = needsMethod(located)
      ? chosenMethod(entered.method ?? "", session.payment_method_types, buyer, store)
      : undefined;
    const after = startPayment(located, method, buyer, store);
    return context.redirect(isBusy(after) ? `${pathOf(after.id)}/authenticate` : successOf(after), 303);
  } catch (error) {
    if (error instanceof StripeError) return show(context, store, entered, error);
    throw error;
  }
}

/** @throws StripeError when a required part of the address is missing */
function readBuyer(entered: Entered, address: boolean): Buyer {
  const missing = address ? ADDRESS.find(([name]) => !entered[name]?.trim()) : undefined;
  if (missing) throw new StripeError(400, { message: `${missing[1]} is missing.` });
  return {
    address: address ? wholeAddress({ ...entered, country: entered.country?.trim().toUpperCase() }) : null,
    email: entered.email || null,
    name: entered.name || null,
  };
}

/** The page of the buyer's bank. */
const authentication = ({ amount_total, currency }: Session, error?: string): Html =>
  layout(
    "Authenticate the payment",
    html`<p>Your bank asks whether you pay ${money(amount_total!, currency!)}.</p>
<form method="post">
  <button name="action" value="pass">Yes, it is me</button>
  <button name="action" value="fail">No, refuse</button>
  <button name="action" value="abandon">Leave without an answer</button>
</form>`,
    error,
  );

function authenticate(context: Context, { action }: Entered, store: Store) {
  const session = sessionOf(context, store);
  if (!session || !isBusy(session)) return show(context, store);
  // The payment stays under way, as when the buyer closes the bank's page.
  if (action === "abandon") return context.redirect(session.cancel_url ?? pathOf(session.id), 303);
  if (action !== "pass" && action !== "fail") return context.html(authentication(session, "Choose an answer."), 400);
  try {
    const after = finishAuthentication(session, action === "pass", store);
    return after.status === "complete" ? context.redirect(successOf(after), 303) : show(context, store);
  } catch (error) {
    if (error instanceof StripeError) return show(context, store, {}, error);
    throw error;
  }
}
