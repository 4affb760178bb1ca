/** The faults that a schedule injects, each with its probability. */
export interface Faults {
  /** The transaction starts late. */
  databaseIsSlow: number;
  databaseAnswerLost: number;
  /** The caller stops waiting for Stripe: a timeout or a dropped connection. The request continues without its caller. */
  connectionDrops: number;
  /** A request makes no progress. */
  stripeIsSlow: number;
  requestLost: number;
  rateLimited: number;
  /** A 500 instead of the effect; Stripe stores it under the key or does not. */
  failsBefore: number;
  /** A 500 after the effect, stored under the key. */
  failsAfter: number;
  /** Any other request to Stripe fails. */
  readFails: number;
  clerkDown: number;
}

export const NO_FAULTS: Faults = {
  databaseIsSlow: 0,
  databaseAnswerLost: 0,
  connectionDrops: 0,
  stripeIsSlow: 0,
  requestLost: 0,
  rateLimited: 0,
  failsBefore: 0,
  failsAfter: 0,
  readFails: 0,
  clerkDown: 0,
};
