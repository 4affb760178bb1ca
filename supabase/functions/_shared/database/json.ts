import type { Json } from "./database.types.ts";

/** A NUL as JSON writes it; after a pair of backslashes it is a text that describes one. */
const NUL = /(?<!\\)((?:\\\\)*)\\u0000/g;

/** An argument of type json or jsonb: the Data API sends its value, the driver its text. */
export class JsonArgument {
  readonly text: string;
  readonly #value: unknown;

  constructor(value: unknown) {
    const text = JSON.stringify(value);
    const hasNul = text.includes("\\u0000");
    this.text = hasNul ? text.replace(NUL, "$1\\ufffd") : text;
    this.#value = hasNul ? JSON.parse(this.text) : value;
  }

  toJSON(): unknown {
    return this.#value;
  }
}

/**
 * Converts what Stripe's library returns to JSON for the database: its decimals become strings, as on the wire. A NUL,
 * which PostgreSQL accepts in no text, becomes "\ufffd", so that one in a name does not block a whole page.
 */
export const json = (value: unknown): Json => new JsonArgument(value) as unknown as Json;
