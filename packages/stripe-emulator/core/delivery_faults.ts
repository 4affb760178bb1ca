/** What goes wrong with deliveries on their way. */
export interface DeliveryFault {
  /** It never arrives, and is not tried again. */
  lost?: boolean;
  /** It arrives twice. */
  doubled?: boolean;
  /** It arrives later than what was sent after it. */
  delayed_ms?: number;
  /** It waits for others of its kind, and leaves with them in another order. */
  shuffled?: boolean;
  /** How many deliveries meet it. */
  times: number;
}

/** The faults that wait for a delivery; each is spent by the deliveries that meet it. */
export class DeliveryFaults {
  #waiting: DeliveryFault[] = [];

  add(fault: DeliveryFault): void {
    this.#waiting.push(fault);
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The oldest fault, and how many deliveries it is still for, this one included. */
  take(): DeliveryFault | undefined {
    const [fault] = this.#waiting;
    if (fault === undefined) return undefined;
    const met = { ...fault };
    if (--fault.times === 0) this.#waiting.shift();
    return met;
  }
}

/** Another order than the given one, if there is one. */
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
