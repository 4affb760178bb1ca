/** The processes of a schedule: calls, background refreshes, webhook deliveries and rebuilds. */
import type { CallError } from "./call_error.ts";
import type { HeldLease } from "./ensure_customer.ts";
import type { Owner } from "./owners.ts";

/** A state machine. What stands between two yields is atomic; at a yield any other process may take a step. */
export type Steps<Result> = Generator<void, Result, void>;

export interface ProcessStart {
  readonly name: string;
  /** The Stripe account that its key belongs to. */
  readonly account: number;
}

export interface Process extends ProcessStart {
  /** The moment at which it began. */
  readonly began: number;
  /** Undefined when the process has ended. */
  steps?: Steps<void>;
  /** Other processes take their steps first. */
  paused?: boolean;
  error?: CallError;
}

/** A call for an owner's customer. */
export interface CallStart extends ProcessStart {
  readonly owner: Owner;
  /** The signed-in user: the owner, or a member of the organization. */
  readonly userId: number;
  /** The lease of a call that began before a switch, with a key of the account that the database had until then. */
  readonly oldLease?: HeldLease;
}

export interface Call extends Process, CallStart {
  /** What the owner's mapping held when the database last answered. */
  mapped?: number | null;
}
