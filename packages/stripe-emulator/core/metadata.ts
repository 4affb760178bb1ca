import { invalid } from "./errors.ts";
import { lengthOf, type Param } from "./params.ts";

export type Metadata = Record<string, string>;
/** `null` removes all keys; an empty value removes its key. */
export type MetadataChange = Metadata | null;

/** Reads metadata within Stripe's limits: https://docs.stripe.com/api/metadata */
export const metadata: Param<MetadataChange> = (value, param) => {
  if (value === "") return null;
  if (typeof value === "string" || Array.isArray(value)) throw invalid("Invalid object", param);
  for (const [key, text] of Object.entries(value)) {
    const name = `${param}[${key}]`;
    if (typeof text !== "string") throw invalid(`Invalid string: ${JSON.stringify(text)}`, name);
    if (lengthOf(key) > 40) {
      throw invalid(
        `Metadata keys can have up to 40 characters, but you passed in a key that is ${
          lengthOf(key)
        } characters. Invalid key: ${key}`,
        param,
      );
    }
    if (lengthOf(text) > 500) {
      throw invalid(
        `Metadata values can have up to 500 characters, but you passed in a value that is ${
          lengthOf(text)
        } characters. Invalid value: ${text}`,
        name,
      );
    }
  }
  return { ...value } as Metadata;
};

export function mergeMetadata(before: Metadata, change: MetadataChange | undefined): Metadata {
  if (change === null) return {};
  const merged = Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== ""));
  if (Object.keys(merged).length > 50) {
    throw invalid(
      `You can only have up to 50 metadata keys, but this would have ${Object.keys(merged).length}.`,
      "metadata",
    );
  }
  return merged;
}
