import { StripeError } from "./errors.ts";

/** The first answer to a key, which later requests with that key get. */
export interface StoredAnswer {
  path: string;
  params: string;
  status: number;
  body: string;
  request_id: string;
  /** Milliseconds. */
  stored: number;
}

const DAY = 24 * 60 * 60 * 1_000;
const MOST_KEYS = 20_000;

/** Idempotency keys: https://docs.stripe.com/api/idempotent_requests */
export class IdempotencyKeys {
  readonly #answers: Record<string, StoredAnswer>;
  readonly #now: () => number;
  readonly #inProgress = new Set<string>();
  #count: number;

  /** @param answers Changed in place */
  constructor(answers: Record<string, StoredAnswer>, now: () => number) {
    this.#answers = answers;
    this.#now = now;
    this.#count = Object.keys(answers).length;
  }

  /** Takes a key for a request, or returns the stored answer. @throws StripeError when it is in use or does not match */
  begin(key: string, path: string, text: string): StoredAnswer | undefined {
    if (key.length > 255) {
      throw mismatch(
        `Idempotency keys can have up to 255 characters, but you passed in a key that is ${key.length} characters.`,
      );
    }
    if (this.#inProgress.has(key)) {
      const message =
        `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
      throw new StripeError(409, { code: "idempotency_key_in_use", message }, { "stripe-should-retry": "true" });
    }
    const stored = this.#answers[key];
    if (stored && this.#now() - stored.stored < DAY) {
      const other = `Try using a key other than '${key}' if you meant to execute a different request.`;
      if (stored.path !== path) {
        throw mismatch(
          `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${stored.path}'). ${other}`,
        );
      }
      if (stored.params !== canonical(text)) {
        throw mismatch(
          `Keys for idempotent requests can only be used with the same parameters they were first used with. ${other}`,
        );
      }
      return stored;
    }
    this.#inProgress.add(key);
  }

  /** Stores the answer of an executed request. */
  store(key: string, path: string, text: string, answer: { status: number; body: string; request_id: string }): void {
    if (!this.#answers[key]) this.#count++;
    this.#answers[key] = { path, params: canonical(text), ...answer, stored: this.#now() };
    if (this.#count > MOST_KEYS) this.#prune();
  }

  end(key: string): void {
    this.#inProgress.delete(key);
  }

  clear(): void {
    for (const key of Object.keys(this.#answers)) delete this.#answers[key];
    this.#count = 0;
  }

  /** Keeps the newest half, without keys older than a day. */
  #prune(): void {
    const newest = Object.entries(this.#answers).sort(([, a], [, b]) => b.stored - a.stored);
    this.clear();
    for (const [key, answer] of newest.slice(0, MOST_KEYS / 2)) {
      if (this.#now() - answer.stored >= DAY) break;
      this.#answers[key] = answer;
      this.#count++;
    }
  }
}

/** The parameters in a fixed order. */
const canonical = (text: string) => text.split("&").sort().join("&");

const mismatch = (message: string) => new StripeError(400, { type: "idempotency_error", message });
