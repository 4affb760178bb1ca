import { StripeError } from "../../core/errors.ts";
import type { PaymentMethod } from "../../core/wire.ts";

/** The behavior of one of Stripe's test payment methods: https://docs.stripe.com/testing */
interface TestCard {
  brand: string;
  last4: string;
  /** The error of every charge. */
  declined?: Decline;
  /** Attaching it fails as well. */
  unattachable?: true;
  /** Every payment requires authentication. */
  authenticates?: true;
}

interface Decline {
  code: string;
  decline_code?: string;
  message: string;
}

const GENERIC = { code: "card_declined", decline_code: "generic_decline", message: "Your card was declined." };
const INSUFFICIENT = {
  code: "card_declined",
  decline_code: "insufficient_funds",
  message: "Your card has insufficient funds.",
};
const EXPIRED = { code: "expired_card", message: "Your card has expired." };

const CARDS: Record<string, TestCard> = {
  visa: { brand: "visa", last4: "4242" },
  visa_debit: { brand: "visa", last4: "5556" },
  mastercard: { brand: "mastercard", last4: "4444" },
  amex: { brand: "amex", last4: "8431" },
  chargeCustomerFail: { brand: "visa", last4: "0341", declined: GENERIC },
  chargeDeclined: { brand: "visa", last4: "0002", declined: GENERIC, unattachable: true },
  chargeDeclinedInsufficientFunds: { brand: "visa", last4: "9995", declined: INSUFFICIENT, unattachable: true },
  chargeDeclinedExpiredCard: { brand: "visa", last4: "0069", declined: EXPIRED, unattachable: true },
  threeDSecure2Required: { brand: "visa", last4: "3220", authenticates: true },
  authenticationRequired: { brand: "visa", last4: "3184", authenticates: true },
};

/** The card of a token such as `tok_visa`, or of a shared method such as `pm_card_visa`. */
export function testCard(id: string): TestCard | undefined {
  const name = id.match(/^(?:pm_card_|tok_)(\w+)$/)?.[1];
  return name !== undefined && Object.hasOwn(CARDS, name) ? CARDS[name] : undefined;
}

/** Bank accounts whose payments fail. */
const FAILING_IBANS = new Set(["AT861904300235473202", "IT60X0542811101000000123456"]);
const failingBanks = new Set([...FAILING_IBANS].map((iban) => iban.slice(-4)));

const cardOf = ({ card }: PaymentMethod) => Object.values(CARDS).find(({ last4 }) => last4 === card?.last4);

export const isDebit = (method: PaymentMethod) => method.type === "sepa_debit";
export const failsLater = (method: PaymentMethod) => failingBanks.has(method.sepa_debit?.last4 ?? "");

/** @throws StripeError, Stripe's 402, when the card cannot be attached */
export function checkAttachable(method: PaymentMethod): void {
  const card = cardOf(method);
  if (card?.unattachable && card.declined) throw declined(card.declined);
}

/** Why a method is not charged. */
export interface Failure {
  error: StripeError;
  requiresAction: boolean;
}

/** Charges a method. @returns undefined when it is paid, else the error */
export function charge(method: PaymentMethod): Failure | undefined {
  const card = cardOf(method);
  if (card?.authenticates) return { error: requiresAction(), requiresAction: true };
  if (card?.declined) return { error: declined(card.declined), requiresAction: false };
  if (failsLater(method)) return { error: declined(GENERIC), requiresAction: false };
}

const declined = (decline: Decline) => new StripeError(402, { type: "card_error", ...decline });

const requiresAction = () =>
  new StripeError(402, {
    type: "card_error",
    code: "invoice_payment_intent_requires_action",
    message:
      "Payment for this invoice requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice. For more details see: https://stripe.com/docs/billing/subscriptions/overview#requires-action",
  });
