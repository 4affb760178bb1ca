import type * as fill from "../../database/catalog_fill.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import { catalogEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import type * as catalog from "../../stripe/catalog.ts";
import { isMissing } from "../../stripe/errors.ts";
import type { ListPage } from "../../stripe/page.ts";
import { type AccountGateways, confirmAccount } from "../sync/confirm_account.ts";

export interface FillGateways {
  database:
    & Pick<
      typeof fill,
      "claimFill" | "recordPage" | "completeFill" | "failFill"
    >
    & AccountGateways["database"];
  stripe:
    & Pick<typeof catalog, "listProducts" | "listPrices">
    & AccountGateways["stripe"];
}

/** Seconds after which the next filler may try again. */
const RETRY_AFTER = 5;

let running: Promise<void> | undefined;

/**
 * Lists the catalog at Stripe to its end and records it, if that is due and nobody else is at it; one fill an isolate.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export function fillCatalog(gateways: FillGateways): Promise<void> {
  return running ??= fillIfDue(gateways).finally(() => running = undefined);
}

async function fillIfDue(gateways: FillGateways): Promise<void> {
  const { database } = gateways;
  const { run_id: ticket, cursor } = await database.claimFill();
  if (ticket === null) return;
  try {
    await confirmAccount(gateways);
    if (await fillFrom(cursor, ticket, gateways)) {
      await database.completeFill(ticket, catalogEnv().refreshSeconds);
    }
  } catch (error) {
    await noteFailure(error, ticket, database).catch((cause) => logWarning("A failed fill could not be noted", cause));
    throw error;
  }
}

async function noteFailure(error: unknown, ticket: number, database: FillGateways["database"]): Promise<void> {
  // The object that the cursor names was deleted meanwhile: the next filler begins again.
  if (isMissing(error)) await database.recordPage(ticket, [], "products");
  const retryAfter = error instanceof AppError ? Number(error.headers["retry-after"]) || RETRY_AFTER : RETRY_AFTER;
  await database.failFill(ticket, retryAfter);
}

/**
 * Products, then prices. The cursor is the list and the last id that was recorded of it.
 *
 * @returns False when another filler has taken over.
 */
async function fillFrom(cursor: string | null, ticket: number, { database, stripe }: FillGateways): Promise<boolean> {
  const lists: Record<
    string,
    (after?: string) => Promise<ListPage<MirroredObject>>
  > = { products: stripe.listProducts, prices: stripe.listPrices };
  const [begun, last] = cursor?.split(" ") ?? ["products"];

  for (const name of begun === "products" ? ["products", "prices"] : ["prices"]) {
    let after = name === begun ? last : undefined;
    for (let more = true; more;) {
      const page = await lists[name]!(after);
      after = page.data.at(-1)?.id ?? after;
      more = page.has_more && page.data.length > 0;
      if (
        !await database.recordPage(
          ticket,
          page.data,
          more ? `${name} ${after}` : "prices",
        )
      ) return false;
    }
  }
  return true;
}
