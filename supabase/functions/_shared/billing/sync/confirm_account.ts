import { Cache } from "../../cache.ts";
import type * as database from "../../database/mirror.ts";
import type * as stripe from "../../stripe/account.ts";

export interface AccountGateways {
  database: Pick<typeof database, "confirmAccount">;
  stripe: Pick<typeof stripe, "readAccount">;
}

const confirmed = new Cache<true>({ size: 1, fresh: 60_000 });

/**
 * That our key is of the account which this database belongs to. Before anything is created, listed or believed to be
 * gone: another sandbox's key would replace the catalog and retire every customer. Once a minute is enough, because
 * an isolate never changes its key.
 *
 * @throws AppError `not_configured` for another account
 */
export async function confirmAccount({ database, stripe }: AccountGateways): Promise<void> {
  await confirmed.get("", async () => {
    await database.confirmAccount(await stripe.readAccount());
    return true;
  });
}
