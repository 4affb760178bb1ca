import { stripe } from "./client.ts";

/** The id of the account that the secret key belongs to. https://docs.stripe.com/api/accounts/retrieve */
export const readAccount = (): Promise<string> => stripe(async (sdk) => (await sdk.accounts.retrieveCurrent()).id);
