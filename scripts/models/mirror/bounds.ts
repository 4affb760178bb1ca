/** How much may happen: within these bounds everything is tried. */
export type Change = "created" | "changed" | "deleted";

export interface Bounds {
  /** What happens to each object at Stripe, one event a change. */
  histories: readonly (readonly Change[])[];
  /** How often each event is delivered at most. Every delivery may also be lost, or come at any time. */
  deliveries: number;
  /** How many are on their way at once: webhook handlers, drains, fillers, reconcilers. */
  workers: number;
  /** How often somebody looks again, fills or reconciles, before the reconcile that is the end. */
  rereads: number;
  fills: number;
  reconciles: number;
  /** How often a worker dies between two steps, or goes on although its lease has run out. */
  crashes: number;
  overruns: number;
}

/** Whether Stripe shows the object after so many of its changes. */
export const isAlive = ({ histories }: Bounds, object: number, version: number): boolean =>
  version > 0 && histories[object]![version - 1] !== "deleted";
