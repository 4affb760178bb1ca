import type { Json } from "./database.types.ts";

/** A NUL or half a surrogate pair as JSON writes it; after a pair of backslashes it is a text that describes one. */
const NO_TEXT = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f]..)/g;

/** An argument of type json or jsonb: the Data API sends its value, the driver its text. */
export class JsonArgument {
  readonly text: string;
  readonly #value: unknown;

  constructor(value: unknown) {
    const text = JSON.stringify(value);
    this.text = /\\u(?:0000|d)/.test(text) ? text.replace(NO_TEXT, "$1\\ufffd") : text;
    this.#value = this.text === text ? value : JSON.parse(this.text);
  }

  toJSON(): unknown {
    return this.#value;
  }
}

/**
 * Converts what Stripe's library returns to JSON for the database: its decimals become strings, as on the wire. A NUL
 * and half a surrogate pair, which PostgreSQL accepts in no text, become "\ufffd", so that one in a name does not block a
 * whole page.
 */
export const json = (value: unknown): Json => new JsonArgument(value) as unknown as Json;
