/** What the protocol assumes of its environment, in seconds. It guarantees nothing where an assumption does not hold. */
export interface Assumptions {
  /** From the moment a caller decides, in time, to send a creation, until it takes effect at Stripe or never will. */
  requestDuration: number;
  /** The difference between Stripe's clock and the database's, either way. */
  clockDifference: number;
  /** The least time that Stripe keeps an idempotency key. https://docs.stripe.com/api/idempotent_requests */
  keyRetention: number;
}

export const ASSUMPTIONS: Assumptions = { requestDuration: 60, clockDifference: 240, keyRetention: 24 * 3600 };
