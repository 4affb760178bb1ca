/** The faults that a schedule injects, each with its probability. */
export interface Faults {
  /** The caller stops waiting for Stripe. The request continues without its caller. */
  timeout: number;
  answerLost: number;
  requestLost: number;
  rateLimited: number;
  /** A 500 instead of the effect. */
  failsBefore: number;
  /** A 500 after the effect. */
  failsAfter: number;
  databaseLost: number;
  databaseAnswerLost: number;
}

export const NO_FAULTS: Faults = {
  timeout: 0,
  answerLost: 0,
  requestLost: 0,
  rateLimited: 0,
  failsBefore: 0,
  failsAfter: 0,
  databaseLost: 0,
  databaseAnswerLost: 0,
};
