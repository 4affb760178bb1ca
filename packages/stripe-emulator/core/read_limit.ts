import { rateLimited } from "./errors.ts";

/** Limits the reads a second of each operation, by the account's clock; no limit by default. https://docs.stripe.com/rate-limits */
export class ReadLimit {
  /** The rate and the burst; null for no limit. */
  perSecond: number | null = null;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a read, such as `GET /v1/customers/:id`. @throws StripeError, Stripe's 429, over the limit */
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
