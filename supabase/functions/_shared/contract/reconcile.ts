import * as z from "zod/mini";
import { described } from "./described.ts";

/** The work to do: the reconcile, the backfill from where it stopped, or the backfill from the start. */
export const ReconcileInput = z.strictObject({
  wait: described(
    "Whether a reconcile run is answered at its end, instead of at its start. A batch of the backfill always is.",
    z._default(z.boolean("Send true or false"), false),
  ),
  backfill: z._default(z.union([z.boolean(), z.literal("restart")], 'Send true, false or "restart"'), false),
});
export type ReconcileInput = z.infer<typeof ReconcileInput>;

const count = (description: string) => described(description, z.number());

/** What one reconcile run did, and the state of the ledger after it. */
export const Run = z.object({
  state: described("`more`: call again soon.", z.enum(["done", "more"])),
  found: count("Events that Stripe listed and the ledger did not have."),
  processed: count("Objects fetched because an event waited for them."),
  failed: count("Objects that could not be fetched or recorded."),
  refetched: count("Objects that were listed or fetched to detect drift."),
  drifted: count("How many of them had drifted."),
  pruned: count("Old rows of the ledger that were deleted."),
  pending: count("Events that wait."),
  dead: count("Events that were dead-lettered."),
  backfill_due: described(
    "Events are missing that Stripe no longer lists: only a backfill repairs what they referred to.",
    z.boolean(),
  ),
});
export type Run = z.infer<typeof Run>;

/** Another run holds the lease. */
export const Busy = z.object({ state: z.literal("busy") });

export const Reconciled = z.union([Run, Busy]);
export type Reconciled = z.infer<typeof Reconciled>;

/** The run goes on after this answer. */
export const Started = z.union([z.object({ state: z.literal("started") }), Busy]);
export type Started = z.infer<typeof Started>;

/** The state of the backfill after one time-boxed batch. */
export const Backfilled = z.object({
  state: z.enum(["done", "more", "busy"]),
  counts: described("Objects recorded so far, by Stripe's `object` field.", z.record(z.string(), z.number())),
  share: described(
    "The part of the lists that was read, by the time of creation, of the kind that is the furthest behind. Missing " +
      "while it is not known, and when only kinds are left that Stripe lists for one customer or one product.",
    z.optional(z.number()),
  ),
  skipped: described(
    "The kinds that this batch left out, because the key may not read them.",
    z.optional(z.array(z.string())),
  ),
});
export type Backfilled = z.infer<typeof Backfilled>;
