/** Stripe's limit is 25 reads a second for each of its endpoints, and webhooks read meanwhile. */
const READS_A_SECOND = 15;
const INTERVAL = 1_000 / READS_A_SECOND;

/** A stretch of work with an end: looks at Stripe one after another, about as many a second as its limits allow. */
export interface TimeBudget {
  /** Waits until the next read may begin. @returns False when the time is over */
  next(): Promise<boolean>;
  /** Whether there is time left. */
  readonly hasTimeLeft: boolean;
}

/** @param seconds How long it lasts; the last read may end later. */
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
