import { html } from "hono/html";
import type { Store } from "../core/store.ts";
import type { Buyer, PaymentMethod } from "../core/wire.ts";
import { newMethod, readCard, readIban } from "../resources/payment_method/create.ts";
import type { Html } from "./layout.ts";

/** The test methods that a page offers, with what becomes of a payment. */
const METHODS: Record<string, { label: string; type: "card" | "sepa_debit"; token: string }> = {
  visa: { label: "Card 4242, which is charged", type: "card", token: "tok_visa" },
  declined: { label: "Card 0002, which is declined", type: "card", token: "tok_chargeDeclined" },
  insufficient_funds: {
    label: "Card 9995, which has insufficient funds",
    type: "card",
    token: "tok_chargeDeclinedInsufficientFunds",
  },
  declined_later: {
    label: "Card 0341, which can be saved and is declined when it is charged",
    type: "card",
    token: "tok_chargeCustomerFail",
  },
  authentication: {
    label: "Card 3220, which asks for authentication (3-D Secure)",
    type: "card",
    token: "tok_threeDSecure2Required",
  },
  bank_debit: {
    label: "Bank debit, which the bank decides later",
    type: "sepa_debit",
    token: "AT611904300234573201",
  },
};

/** The choice of a method, of the given types. */
export const methodChoice = (types: string[], chosen = "visa"): Html =>
  html`<fieldset>
  <legend>Payment method</legend>
  ${
    Object.entries(METHODS).filter(([, { type }]) => types.includes(type)).map(([name, { label }]) =>
      html`<label><input type="radio" name="method" value="${name}" ${
        name === chosen ? "checked" : ""
      } required> ${label}</label>`
    )
  }
</fieldset>`;

/** The chosen method, which is stored; undefined when the choice is unknown or not of the given types. */
export function chosenMethod(name: string, types: string[], buyer: Buyer, store: Store): PaymentMethod | undefined {
  const choice = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!choice || !types.includes(choice.type)) return;
  const method = newMethod(choice.type === "card" ? readCard(choice.token) : readIban(choice.token), store);
  return store.tables.payment_method.add({ ...method, billing_details: { ...method.billing_details, ...buyer } });
}
