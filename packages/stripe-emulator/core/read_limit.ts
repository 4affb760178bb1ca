import { rateLimited } from "./errors.ts";

/** How many reads of one operation a second are answered: https://docs.stripe.com/rate-limits. Unless it is set, all. */
export class ReadLimit {
  /** Reads a second, and as many at once; null for no limit. */
  perSecond: number | null = null;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a read, such as `GET /v1/customers/:id`. @throws StripeError, a 429, when there were too many */
  count(operation: string): void {
    if (this.perSecond === null) return;
    const now = this.#now();
    const bucket = this.#buckets.get(operation) ?? { left: this.perSecond, at: now };
    const left = Math.min(this.perSecond, bucket.left + (now - bucket.at) / 1_000 * this.perSecond);
    this.#buckets.set(operation, { left: left < 1 ? left : left - 1, at: now });
    if (left < 1) throw rateLimited();
  }

  set(perSecond: number | null): void {
    this.perSecond = perSecond;
    this.#buckets.clear();
  }
}
