import { Cache } from "../../cache.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as account from "../../stripe/account.ts";

export interface AccountGateways {
  database: Pick<typeof mirror, "confirmAccount">;
  stripe: Pick<typeof account, "readAccount">;
}

/** An isolate never changes its key, so one check a minute is enough. */
const confirmed = new Cache<true>({ size: 1, fresh: 60_000 });

/**
 * Confirms that the Stripe key belongs to the account of this database, before anything is created, listed or recorded
 * as deleted: the key of another sandbox would replace the catalog and retire every customer.
 *
 * @throws AppError `not_configured` for another account
 */
export async function confirmAccount({ database, stripe }: AccountGateways): Promise<void> {
  await confirmed.get("", async () => {
    await database.confirmAccount(await stripe.readAccount());
    return true;
  });
}
