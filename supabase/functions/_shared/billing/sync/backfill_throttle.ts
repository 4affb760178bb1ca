/** Reads a second. */
export interface Rates {
  readonly endpoint: number;
  readonly all: number;
}

/**
 * What a backfill takes of Stripe's limits, which leaves some to webhooks: 25 reads a second for each endpoint, and for
 * all together 100 with a live key, 25 in a sandbox. https://docs.stripe.com/rate-limits
 */
export const RATES: { readonly live: Rates; readonly sandbox: Rates } = {
  live: { endpoint: 22, all: 80 },
  sandbox: { endpoint: 24, all: 24 },
};

/** Milliseconds between two reads of an endpoint that Stripe has limited repeatedly. */
const LONGEST_INTERVAL = 2_000;

export interface Throttle {
  /** Waits until the next read of an endpoint may begin. */
  next(endpoint: string): Promise<void>;
  /**
   * Stripe has refused a read of this endpoint: the next begins after about these seconds, and reads are half as frequent
   * at first. Refusals of reads that had begun before count once.
   */
  limited(endpoint: string, seconds: number): void;
}

/** Spaces reads evenly: without bursts, the next run cannot exceed the limits either. */
export function createThrottle({ endpoint: perEndpoint, all }: Rates): Throttle {
  const together = createLane(all);
  const lanes = new Map<string, Lane>();
  const laneOf = (endpoint: string) => {
    const lane = lanes.get(endpoint) ?? createLane(perEndpoint);
    lanes.set(endpoint, lane);
    return lane;
  };
  return {
    async next(endpoint) {
      await laneOf(endpoint).next();
      await together.next();
    },
    limited: (endpoint, seconds) => laneOf(endpoint).limited(seconds),
  };
}

type Lane = ReturnType<typeof createLane>;

function createLane(perSecond: number) {
  const shortest = 1_000 / perSecond;
  let interval = shortest;
  let due = 0;
  let pausedUntil = 0;
  return {
    async next(): Promise<void> {
      // A pause may begin while this waits.
      for (;;) {
        const now = performance.now();
        const at = Math.max(now, due);
        due = at + interval;
        interval = Math.max(shortest, interval * 0.95);
        if (at > now) await sleep(at - now);
        if (performance.now() >= pausedUntil) return;
      }
    },
    limited(seconds: number): void {
      const now = performance.now();
      if (now < pausedUntil) return;
      interval = Math.min(LONGEST_INTERVAL, interval * 2);
      // With jitter, because other callers of the account were limited at the same moment.
      pausedUntil = now + seconds * 1_000 * (1 + Math.random() / 2);
      due = Math.max(due, pausedUntil);
    },
  };
}

const sleep = (milliseconds: number) => new Promise<void>((resume) => setTimeout(resume, milliseconds));
