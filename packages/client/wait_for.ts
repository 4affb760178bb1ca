import { type CallOptions, mayPass } from "./call.ts";
import { pause } from "./pause.ts";

/** Times are milliseconds. */
export interface WaitOptions extends CallOptions {
  readonly for?: "user" | "organization";
  /** The Checkout session that the buyer returns from. */
  readonly session_id?: string;
  /** The longest wait; 60,000 unless set. */
  readonly timeout?: number;
}

/** When reads are made, from the first on: Stripe is asked at most once in three seconds. Then every five seconds. */
const SCHEDULE = [0, 1_000, 3_000, 6_000];
const EVERY = 5_000;

/**
 * Reads until a state fits.
 *
 * @returns null when none did in time
 * @throws BillingError of the last read, if that failed
 */
export async function waitFor<State>(
  read: (options: CallOptions) => Promise<State>,
  fits: (state: State) => boolean,
  { signal, timeout = 60_000 }: WaitOptions,
): Promise<State | null> {
  const start = Date.now();
  for (let reads = 0;; reads++) {
    const due = SCHEDULE[reads] ?? SCHEDULE.at(-1)! + EVERY * (reads - SCHEDULE.length + 1);
    const isLast = due > timeout;
    if (reads > 0) await pause(Math.max(0, start + Math.min(due, timeout) - Date.now()), signal);
    try {
      const state = await read({ signal });
      if (fits(state)) return state;
      if (isLast) return null;
    } catch (error) {
      if (isLast || !mayPass(error)) throw error;
    }
  }
}
