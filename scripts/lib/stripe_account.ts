import { Failure } from "./failure.ts";

/** A Stripe account in one of its modes: what a secret key gives access to, and what a database belongs to. */
export interface Account {
  readonly id: string;
  readonly livemode: boolean;
}

/**
 * The account of a key. A restricted key may not read the account, and some accounts cannot grant it: its id is then in
 * the refusal. https://docs.stripe.com/api/accounts/retrieve, https://github.com/stripe/stripe-node/issues/2246
 *
 * @throws Failure when Stripe refuses the key or does not answer
 */
export async function readAccount(address: string, secretKey: string): Promise<Account> {
  const response = await fetch(`${address}/v1/account`, {
    headers: { authorization: `Bearer ${secretKey}` },
    signal: AbortSignal.timeout(20_000),
  }).catch((cause) => {
    throw new Failure(`Stripe at "${address}" does not answer: ${cause.message}`);
  });
  const answer = await response.json().catch(() => ({}));
  const message = answer.error?.message ?? response.status;
  const id = response.status === 403 ? String(message).match(/ on account '(acct_\w+)'/)?.[1] : answer.id;
  if (typeof id !== "string") {
    throw new Failure(`Stripe refuses STRIPE_SECRET_KEY (${message}): copy it again`);
  }
  return { id, livemode: secretKey.includes("_live_") };
}

/** `acct_1 (test)`. */
export const describe = ({ id, livemode }: Account): string => `${id} (${livemode ? "live" : "test"})`;
