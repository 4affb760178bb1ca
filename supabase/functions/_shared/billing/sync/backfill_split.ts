import type { BackfillRange } from "../../database/backfill.ts";
import type { StripeObject } from "../../stripe/mirrored/resource.ts";
import type { ListPage } from "../../stripe/page.ts";

/** Pages that a range keeps when an older part of it becomes a range of its own. */
const KEPT = 8;
/** Fewer pages are listed one after the other. */
const WORTH_SPLITTING = 4;
/** Stripe began later, so no account has older objects. 2010-01-01, in Unix seconds. */
const BEGINNING = 1_262_304_000;

/**
 * Where to split a range, in Unix seconds, so that its older part can be listed at the same time; undefined when little is
 * left. How much is left is estimated from how close together the objects of its newest page were created. A wrong
 * estimate costs at most a page; record_backfill_page limits how often.
 *
 * @param page The page that was read last.
 */
export function splitPoint(
  { created_from }: Pick<BackfillRange, "created_from">,
  { data, has_more }: ListPage<StripeObject>,
): number | undefined {
  const newest = createdOf(data[0]);
  const oldest = createdOf(data.at(-1));
  if (!has_more || newest === undefined || oldest === undefined) return undefined;
  const page = Math.max(1, newest - oldest);
  const left = (oldest - (created_from ?? BEGINNING)) / page;
  return left < WORTH_SPLITTING ? undefined : Math.floor(oldest - page * Math.min(KEPT, left / 2));
}

const createdOf = (object?: StripeObject) => (object as { created?: number } | undefined)?.created;
