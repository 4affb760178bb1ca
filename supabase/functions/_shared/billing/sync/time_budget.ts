/** Stripe allows 25 reads a second for each of its endpoints, and webhooks read at the same time. */
const READS_PER_SECOND = 15;
const INTERVAL = 1_000 / READS_PER_SECOND;

/**
 * What a page of a list costs, in fetches of one object. A fetch and its record take 4 to 8 ms of CPU. The platform
 * retires an isolate after 1 s of CPU and ends it after 2 s, counted over its life and not per request
 * (supabase/edge-runtime, crates/base/src/worker/supervisor/strategy_per_worker.rs): so a run that begins before the
 * first limit and takes well under a second is never cut.
 */
export const PAGE_COST = 5;

/** Bounds a part of a run in time and in work. */
export interface Budget {
  /** Uses up work, in fetches of one object. @returns False when the time or the work was used up before */
  take(cost: number): boolean;
  readonly hasLeft: boolean;
}

/**
 * @param seconds The time until no further read begins; the last read may end later.
 * @param fetches The work until no further read begins.
 */
export function startBudget(seconds: number, fetches: number): Budget {
  const end = performance.now() + seconds * 1_000;
  let left = fetches;
  return {
    get hasLeft() {
      return left > 0 && performance.now() < end;
    },
    take(cost) {
      const { hasLeft } = this;
      left -= cost;
      return hasLeft;
    },
  };
}

/** A budget whose reads at Stripe are spaced evenly. */
export interface TimeBudget {
  /**
   * Waits until the next read may begin.
   *
   * @param cost In fetches of one object; default 1.
   * @returns False when the time or the work is used up
   */
  next(cost?: number): Promise<boolean>;
  readonly hasLeft: boolean;
}

/** See {@link startBudget}. */
export function startTimeBudget(seconds: number, fetches: number): TimeBudget {
  const budget = startBudget(seconds, fetches);
  let due = 0;
  return {
    get hasLeft() {
      return budget.hasLeft;
    },
    async next(cost = 1) {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
      due = performance.now() + INTERVAL;
      return budget.take(cost);
    },
  };
}
