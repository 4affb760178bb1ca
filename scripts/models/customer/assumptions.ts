/** What the protocol takes for granted about the world, in seconds. Where it does not hold, it promises nothing. */
export interface Assumptions {
  /** From the moment that a caller decided to send a creation in time, until it has its effect at Stripe, or never has. */
  underWay: number;
  /** How far Stripe's clock is from the database's, either way. */
  clocksDiffer: number;
  /** For how long Stripe remembers a key, at least. https://docs.stripe.com/api/idempotent_requests */
  keysRemembered: number;
}

export const ASSUMPTIONS: Assumptions = { underWay: 60, clocksDiffer: 240, keysRemembered: 24 * 3600 };
