import * as z from "zod/mini";

/** Which stretch of work to do: the reconcile's, or the backfill's, from where it stands or anew. */
export const ReconcileInput = z.strictObject({
  backfill: z._default(z.union([z.boolean(), z.literal("restart")], 'Send true, false or "restart"'), false),
});
export type ReconcileInput = z.infer<typeof ReconcileInput>;

const count = z.number();

/** What one run of the reconcile did, and how the ledger stands after it. */
export const Run = z.object({
  /** `more`: call again soon. */
  state: z.enum(["done", "more"]),
  /** Events that Stripe listed and the ledger did not know. */
  found: count,
  /** Objects looked at because an event waited for it. */
  processed: count,
  /** Objects of which the look failed. */
  failed: count,
  /** Objects looked at because nobody had for longest, and how many of them had changed unnoticed. */
  refetched: count,
  drifted: count,
  /** Old rows of the ledger that were deleted. */
  pruned: count,
  /** Events that wait, and those that were given up. */
  pending: count,
  dead: count,
  /** Events are missing that Stripe no longer lists: only a backfill finds what they were about. */
  backfill_due: z.boolean(),
});
export type Run = z.infer<typeof Run>;

/** Of one that was not let run: somebody else is at it. */
export const Busy = z.object({ state: z.literal("busy") });

export const Reconciled = z.union([Run, Busy]);
export type Reconciled = z.infer<typeof Reconciled>;

/** How the backfill stands after one stretch of it. */
export const Backfilled = z.object({
  state: z.enum(["done", "more", "busy"]),
  /** Objects recorded so far, by kind. */
  counts: z.record(z.string(), z.number()),
});
export type Backfilled = z.infer<typeof Backfilled>;
