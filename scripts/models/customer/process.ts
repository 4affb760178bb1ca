/** Somebody on his way, step by step. */
import type { Refusal } from "./refusal.ts";

/** A step machine. What stands between two yields happens at once; at a yield anything else may come in between. */
export type Steps<Result> = Generator<void, Result, void>;

/** Somebody on his way: a call, a look in the background, a webhook's delivery. */
export interface Process {
  readonly name: string;
  /** Which Stripe account his key is of. */
  readonly account: number;
  /** The moment he began. */
  readonly began: number;
  /** Undefined when he has come to his end. */
  steps?: Steps<void>;
  /** Others go on meanwhile. */
  asleep?: boolean;
  /** What the row held when the database last answered him. */
  held?: number | null;
  /** How he ended, if not well. */
  refusal?: Refusal;
}
