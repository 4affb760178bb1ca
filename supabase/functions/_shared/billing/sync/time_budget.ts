/** Stripe allows 25 reads a second for each of its endpoints, and webhooks read at the same time. */
const READS_PER_SECOND = 15;
const INTERVAL = 1_000 / READS_PER_SECOND;

/** Bounds a run in time, and throttles its reads at Stripe. */
export interface TimeBudget {
  /** Waits until the next read may begin. @returns False when the time is over */
  next(): Promise<boolean>;
  readonly hasTimeLeft: boolean;
}

/** @param seconds The time until no further read begins; the last read may end later. */
export function startTimeBudget(seconds: number): TimeBudget {
  const end = performance.now() + seconds * 1_000;
  let due = 0;
  return {
    get hasTimeLeft() {
      return performance.now() < end;
    },
    async next() {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
      due = performance.now() + INTERVAL;
      return this.hasTimeLeft;
    },
  };
}
