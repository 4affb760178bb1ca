/** What can go wrong on the way, each with its probability in a schedule. */
export interface Faults {
  /** The transaction comes late. */
  databaseIsSlow: number;
  databaseAnswerLost: number;
  /** The caller stops waiting for Stripe: a timeout, a dropped connection. The request goes on without him. */
  connectionDrops: number;
  /** A request stays where it is. */
  stripeIsSlow: number;
  requestLost: number;
  rateLimited: number;
  /** A 500 instead of the effect, stored under the key or not. */
  failsBefore: number;
  /** A 500 after the effect, stored under the key. */
  failsAfter: number;
  /** Any other request to Stripe. */
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
