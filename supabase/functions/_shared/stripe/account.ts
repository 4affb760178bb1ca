import type Stripe from "stripe";
import { reading } from "./read.ts";

/**
 * The id of the account that the secret key belongs to. https://docs.stripe.com/api/accounts/retrieve
 *
 * No permission of a restricted key allows this call in every account, but its refusal names the account: "The provided
 * key 'rk_…' does not have the required permissions for this endpoint on account 'acct_…'." Seen in stripe-node issue 2246
 * and dj-stripe pull request 1131.
 */
export const readAccount = (): Promise<string> =>
  reading(async (read) => {
    try {
      return (await read<Stripe.Account>(["account"])).id;
    } catch (error) {
      const { type, message } = error as { type?: string; message?: string };
      const named = type === "StripePermissionError" ? message?.match(/ on account '([^']+)'/)?.[1] : undefined;
      if (named === undefined) throw error;
      return named;
    }
  });
