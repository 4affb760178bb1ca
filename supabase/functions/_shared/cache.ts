import { background } from "./background.ts";
import { AppError } from "./errors.ts";
import { logWarning } from "./log.ts";

/**
 * Milliseconds for which an isolate takes requests at most: half its wall time of 400 s, 75 s on the free plan; no value
 * in memory gets older (supabase/edge-runtime, crates/base/src/worker/supervisor/strategy_per_worker.rs). Elsewhere an
 * isolate may live longer, so a value is not kept beyond this either.
 */
export const ISOLATE_LIFE = 200_000;

interface Limits<Value> {
  /** The most entries, or the most weight; the least recently used entry is dropped first. */
  size: number;
  /** The weight of a value; default 1. */
  weigh?: (value: Value) => number;
  /** Milliseconds for which an entry is served without loading. */
  fresh: number;
  /** Until this age it is served while it is loaded again. */
  stale?: number;
  /** Until this age it is served when loading it again fails. */
  rescue?: number;
  /** A clock in milliseconds; the default is the one that is cheapest to read. */
  now?: () => number;
}

interface Entry<Value> {
  value: Value;
  weight: number;
  loaded: number;
  /** When to load it again. */
  due: number;
  /** Until when it is served without another load, because one failed. */
  rescued?: number;
}

/** Milliseconds after a failure for which the older value is served before the next load. */
const PAUSE = 2_000;

/** A bounded cache: concurrent misses share one load, and failures are not cached. */
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

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * @param isCurrent Whether a value need not be loaded again before its time.
   * @throws What `load` throws, when there is no older value to serve.
   */
  get(
    key: string,
    load: () => Promise<Value>,
    isCurrent: (value: Value) => boolean = () => true,
  ): Value | Promise<Value> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#load(key, load);

    // The last in order is the most recently used.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const now = this.#limits.now();
    if (now < (entry.rescued ?? 0) || now < entry.due && isCurrent(entry.value)) return entry.value;
    const loading = this.#load(key, load, entry);
    if (now - entry.loaded >= this.#limits.stale) return loading;
    background("Reloading a cached value", loading);
    return entry.value;
  }

  /** Stores a value that was loaded in another way. @returns The value */
  set(key: string, value: Value): Value {
    const loaded = this.#limits.now();
    const weight = this.#limits.weigh(value);
    this.#drop(key);
    this.#entries.set(key, { value, weight, loaded, due: loaded + this.#limits.fresh });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#limits.size || oldest === key) break;
      this.#drop(oldest);
    }
    return value;
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
      .then((value) => this.set(key, value), (error) => this.#rescue(error, older))
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #drop(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }

  #rescue(error: unknown, older?: Entry<Value>): Value {
    const now = this.#limits.now();
    // A refusal such as 404 is an answer, not a failure to load.
    const refused = error instanceof AppError && error.status < 500;
    if (refused || older === undefined || now - older.loaded >= this.#limits.rescue) throw error;
    logWarning("Serving an older value because reloading it failed", error);
    older.rescued = now + PAUSE;
    return older.value;
  }
}
