import * as z from "zod/mini";

/** What became of an event; each is a 200, so that Stripe sends it no more. */
export const Receipt = z.object({
  /** `duplicate`: it was done before. `deferred`: it is kept, and the reconcile will look. `ignored`: nothing to look at. */
  outcome: z.enum(["processed", "ignored", "duplicate", "deferred"]),
});
export type Receipt = z.infer<typeof Receipt>;
