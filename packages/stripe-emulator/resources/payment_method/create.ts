import { invalid, StripeError } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { fields, optionalText, orUnset } from "../../core/params.ts";
import type { Store } from "../../core/store.ts";
import type { PaymentMethod } from "../../core/wire.ts";
import { address, wholeAddress } from "../shared/address.ts";
import { testCard } from "./test_cards.ts";

export const billingDetails = fields({
  address: orUnset(address),
  email: optionalText,
  name: optionalText,
  phone: optionalText,
});

type Details = Pick<PaymentMethod, "type" | "card" | "sepa_debit">;

/** Creates a card from a token, for the parameter `source` of a customer. */
export function cardFromToken(token: string, param: string, store: Store): PaymentMethod {
  if (!testCard(token)) throw invalid(`No such token: '${token}'`, param, "resource_missing");
  return store.tables.payment_method.add({ ...newMethod(readCard(token), store), id: randomId("card_1", 23) });
}

/** Creates a copy of a shared test method such as `pm_card_visa`. */
export function sharedMethod(id: string, store: Store): PaymentMethod {
  if (!testCard(id)) throw noSuchMethod(id, "payment_method", 404);
  return store.tables.payment_method.add(newMethod(readCard(id), store));
}

/** A new method without a customer; writes nothing. */
export function newMethod(details: Details, store: Store): PaymentMethod {
  return {
    id: randomId("pm_1", 23),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: { address: wholeAddress({}), email: null, name: null, phone: null, tax_id: null },
    created: store.time(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    ...details,
  };
}

/** The test card of a token. */
export function readCard(token: string | undefined): Details {
  const card = token === undefined ? undefined : testCard(token);
  if (!card) throw invalid(`No such token: '${token ?? ""}'`, "card[token]", "resource_missing");
  return {
    type: "card",
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: card.brand,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: randomId("", 16),
      funding: "credit",
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  };
}

export function readIban(iban: string | undefined): Details {
  if (iban === undefined || !/^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/.test(iban)) {
    throw invalid("The IBAN you provided is invalid.", "sepa_debit[iban]", "invalid_bank_account_iban");
  }
  return {
    type: "sepa_debit",
    sepa_debit: {
      bank_code: iban.slice(4, 9),
      branch_code: "",
      country: iban.slice(0, 2),
      fingerprint: randomId("", 16),
      generated_from: { charge: null, setup_attempt: null },
      last4: iban.slice(-4),
    },
  };
}

/** The given billing details, with the address completed. */
export function wholeDetails(given: ReturnType<typeof billingDetails> | undefined) {
  if (!given) return {};
  const { address, ...rest } = given;
  return { ...rest, ...(address !== undefined && { address: address && wholeAddress(address) }) };
}

export const noSuchMethod = (id: string, param: string, status: 400 | 404 = 400) =>
  new StripeError(status, {
    code: "resource_missing",
    message:
      `No such PaymentMethod: '${id}'; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication`,
    param,
  });
