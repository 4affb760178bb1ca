/** A fault of the next deliveries. */
export interface DeliveryFault {
  /** The delivery never arrives and is not retried. */
  lost?: boolean;
  /** The delivery arrives twice. */
  doubled?: boolean;
  /** The delivery arrives later than those after it. */
  delayed_ms?: number;
  /** The delivery waits for others with this fault, and they leave in another order. */
  shuffled?: boolean;
  /** The number of deliveries that the fault applies to. */
  times: number;
}

/** The waiting faults, oldest first. */
export class DeliveryFaults {
  #waiting: DeliveryFault[] = [];

  add(fault: DeliveryFault): void {
    this.#waiting.push(fault);
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Takes the oldest fault and counts it; `times` includes this delivery. */
  take(): DeliveryFault | undefined {
    const [fault] = this.#waiting;
    if (fault === undefined) return undefined;
    const taken = { ...fault };
    if (--fault.times === 0) this.#waiting.shift();
    return taken;
  }
}

/** The items in a random order other than the given one. */
export function shuffle<Item>(items: Item[]): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled.every((item, index) => item === items[index])
    ? [...shuffled.slice(1), ...shuffled.slice(0, 1)]
    : shuffled;
}
