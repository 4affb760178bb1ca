import { background } from "./background.ts";
import { AppError } from "./errors.ts";
import { logWarning } from "./log.ts";

interface Limits<Value> {
  /** At most so many entries, or so much of what is weighed; the one that was loaded longest ago goes first. */
  size: number;
  /** What a value counts for; 1 unless told. */
  weigh?: (value: Value) => number;
  /** Milliseconds for which an entry is simply served. */
  fresh: number;
  /** Until this age it is served while it is loaded again. */
  stale?: number;
  /** Until this age it is served when loading it again fails. */
  rescue?: number;
  /** A clock in milliseconds; the default is the cheapest one to read. */
  now?: () => number;
}

interface Entry<Value> {
  value: Value;
  weight: number;
  loaded: number;
  /** When to load it again. */
  due: number;
}

/** After a failure the older value is served for so many milliseconds before loading is tried again. */
const PAUSE = 2_000;

/** A bounded memory of what was loaded: concurrent misses share one load, and failures are not remembered. */
export class Cache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #loading = new Map<string, Promise<Value>>();
  readonly #limits: Required<Limits<Value>>;
  #weight = 0;

  constructor({ stale = 0, rescue = 0, weigh = () => 1, now = () => Date.now(), ...limits }: Limits<Value>) {
    this.#limits = { stale, rescue, weigh, now, ...limits };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws What `load` throws, when no older value can stand in. */
  get(key: string, load: () => Promise<Value>): Value | Promise<Value> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#load(key, load);

    const now = this.#limits.now();
    if (now < entry.due) return entry.value;
    const loading = this.#load(key, load, entry);
    if (now - entry.loaded >= this.#limits.stale) return loading;
    background("Loading a page again", loading);
    return entry.value;
  }

  /** The next `get` loads the entry again. */
  expire(key: string): void {
    const entry = this.#entries.get(key);
    if (entry) entry.due = 0;
  }

  #load(key: string, load: () => Promise<Value>, older?: Entry<Value>): Promise<Value> {
    const running = this.#loading.get(key);
    if (running) return running;

    const loading = load()
      .then((value) => this.#remember(key, value), (error) => this.#rescue(error, older))
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #remember(key: string, value: Value): Value {
    const loaded = this.#limits.now();
    const weight = this.#limits.weigh(value);
    this.#forget(key);
    this.#entries.set(key, { value, weight, loaded, due: loaded + this.#limits.fresh });
    this.#weight += weight;
    for (const eldest of this.#entries.keys()) {
      if (this.#weight <= this.#limits.size || eldest === key) break;
      this.#forget(eldest);
    }
    return value;
  }

  #forget(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }

  #rescue(error: unknown, older?: Entry<Value>): Value {
    const now = this.#limits.now();
    // That there is no such thing any more, or never was, is an answer and no failure.
    const refused = error instanceof AppError && error.status < 500;
    if (refused || older === undefined || now - older.loaded >= this.#limits.rescue) throw error;
    logWarning("Serving an older value, because loading it again failed", error);
    older.due = now + PAUSE;
    return older.value;
  }
}
