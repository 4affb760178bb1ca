/** The processes of a schedule: checkouts, payments, webhook deliveries, departures. */
import type { CallError } from "./call_error.ts";
import type { Session } from "./objects.ts";

/** A state machine. What stands between two yields is atomic; at a yield any other process may take a step. */
export type Steps<Result> = Generator<void, Result, void>;

export interface Process {
  readonly name: string;
  /** The moment at which it began. */
  readonly began: number;
  steps?: Steps<void>;
  /** What a checkout answered. */
  answer?: Session;
  error?: CallError;
}
