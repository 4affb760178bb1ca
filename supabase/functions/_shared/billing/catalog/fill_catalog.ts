import type { ListedKind } from "../../contract/mirrored_kinds.ts";
import type * as catalogFill from "../../database/catalog_fill.ts";
import { catalogEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { isMissingCursor } from "../../stripe/errors.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import { type AccountGateways, confirmAccount } from "../sync/confirm_account.ts";
import { PAGE_COST, startTimeBudget } from "../sync/time_budget.ts";

export interface FillGateways {
  database:
    & Pick<typeof catalogFill, "claimFill" | "recordPage" | "completeFill" | "failFill">
    & AccountGateways["database"];
  stripe: Pick<typeof mirrored, "listObjects"> & AccountGateways["stripe"];
}

/** The kinds that make up the catalog, in the order in which they are listed. */
const KINDS = ["product", "price"] as const satisfies ListedKind[];

/** Seconds until the next run may resume after a failure that names no other time. */
const RETRY_AFTER = 5;

/** Seconds of a run, and its work: twenty pages. The next run resumes at the page after them. */
const SECONDS = 20;
const FETCHES = 20 * PAGE_COST;

/** How a run ended. `more`: the next one may resume at once. `idle`: there was nothing to do, or another run has the lease. */
export type FillResult = "complete" | "more" | "idle";

let running: Promise<FillResult> | undefined;

/**
 * Lists the catalog at Stripe and records it, if a fill is due and no other run has the lease. An isolate has one run at
 * a time, bounded in time and in work; a long catalog takes several.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export function fillCatalog(gateways: FillGateways): Promise<FillResult> {
  return running ??= fillIfDue(gateways).finally(() => running = undefined);
}

async function fillIfDue(gateways: FillGateways): Promise<FillResult> {
  const { database } = gateways;
  const { run_id, cursor } = await database.claimFill();
  if (run_id === null) return "idle";
  try {
    await confirmAccount(gateways);
    const result = await fillFrom(cursor, run_id, gateways);
    if (result === "complete") await database.completeFill(run_id, catalogEnv().refreshSeconds);
    if (result === "more") await database.failFill(run_id, 0);
    return result;
  } catch (error) {
    await recordFailure(error, run_id, database)
      .catch((cause) => logWarning("The failure of a catalog fill could not be recorded", cause));
    throw error;
  }
}

async function recordFailure(error: unknown, run_id: number, database: FillGateways["database"]): Promise<void> {
  // The cursor's object was deleted in the meantime: the next run lists from the start.
  if (isMissingCursor(error)) await database.recordPage(run_id, [], KINDS[0]);
  const retryAfter = error instanceof AppError ? Number(error.headers["retry-after"]) || RETRY_AFTER : RETRY_AFTER;
  await database.failFill(run_id, retryAfter);
}

/**
 * Lists kind by kind. The cursor is the kind and the last id that was recorded: "product prod_1".
 *
 * @returns `idle` when another run has taken over.
 */
async function fillFrom(
  cursor: string | null,
  run_id: number,
  { database, stripe }: FillGateways,
): Promise<FillResult> {
  const budget = startTimeBudget(SECONDS, FETCHES);
  const [, resumed, last] = cursor?.match(/^(\S+)(?: (.+))?$/) ?? [];
  const first = Math.max(0, KINDS.findIndex((kind) => kind === resumed));

  for (const [n, kind] of KINDS.entries()) {
    if (n < first) continue;
    let after = kind === resumed ? last : undefined;
    for (let more = true; more;) {
      if (!await budget.next(PAGE_COST)) return "more";
      const page = await stripe.listObjects(kind, after, () => budget.next());
      after = page.data.at(-1)?.id ?? after;
      more = page.has_more && page.data.length > 0;
      const next = more ? `${kind} ${after}` : KINDS[n + 1] ?? kind;
      if (!await database.recordPage(run_id, page.data, next)) return "idle";
    }
  }
  return "complete";
}
