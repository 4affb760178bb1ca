/** What a read at Stripe is for: the purposes of the table billing.stripe_reads. */
export type ReadPurpose = "event" | "retry" | "customer" | "backfill" | "poll" | "catalog" | "drift" | "sync" | "other";

/** Counts by purpose. */
export type ReadCounts = { [Purpose in ReadPurpose]?: number };

/**
 * The reads that the database does not have yet. They are handed over with the next record or at the end of a run, so an
 * isolate that is ended loses those of its unfinished work, and those of failed deliveries since its last record.
 */
let counts: ReadCounts = {};

/** The purpose while a function of a gateway is being called; the function reads it before it waits for anything. */
let current: ReadPurpose = "other";

export const readPurpose = (): ReadPurpose => current;

/** The gateways, with a `stripe` whose reads are counted for this purpose. */
export function readsFor<Gateways extends { stripe: object }>(purpose: ReadPurpose, gateways: Gateways): Gateways {
  const stripe = new Proxy(gateways.stripe, {
    get(gateway, name) {
      const call = Reflect.get(gateway, name);
      return (...args: unknown[]) => {
        const outer = current;
        current = purpose;
        try {
          return call(...args);
        } finally {
          current = outer;
        }
      };
    },
  });
  return { ...gateways, stripe };
}

/** Counts a read, when its request is sent. */
export function countRead(purpose: ReadPurpose): void {
  counts[purpose] = (counts[purpose] ?? 0) + 1;
}

/** Whether there are reads to hand over. */
export const hasReads = (): boolean => Object.keys(counts).length > 0;

/** Hands the counted reads over to a call. If it fails they are kept, and counted twice if it took effect all the same. */
export async function handOverReads<Result>(call: (reads?: ReadCounts) => Promise<Result>): Promise<Result> {
  if (!hasReads()) return await call();
  const taken = counts;
  counts = {};
  try {
    return await call(taken);
  } catch (error) {
    for (const [purpose, reads] of Object.entries(taken) as [ReadPurpose, number][]) {
      counts[purpose] = (counts[purpose] ?? 0) + reads;
    }
    throw error;
  }
}
