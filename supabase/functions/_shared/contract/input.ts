/** The parts of input schemas. A query carries text and a body carries JSON; one schema reads both. */
import * as z from "zod/mini";

/** The schema of an input; fields that it does not name are refused. */
export type Schema<Input> = z.ZodMiniType<Input>;

export const NoInput = z.strictObject({});

export const integer = (minimum: number, maximum: number) => {
  const message = `Give a whole number from ${minimum} to ${maximum}`;
  const read = z.transform((value) => typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value);
  return z.pipe(read, z.int(message).check(z.minimum(minimum, message), z.maximum(maximum, message)));
};

export const flag = () => {
  const read = z.transform((value) => value === "true" ? true : value === "false" ? false : value);
  return z.pipe(read, z.boolean("Give true or false"));
};

/** Text that can be one of Stripe's ids, keys or codes. */
export const text = (maximum = 255) => {
  const message = `Give a text of 1 to ${maximum} characters`;
  return z.string(message).check(
    z.minLength(1, message),
    z.maxLength(maximum, message),
    z.refine((value) => !value.includes("\0") && value.isWellFormed(), message),
  );
};

export const oneOf = <const Values extends [string, ...string[]]>(
  ...values: Values
) => z.enum(values, `Give ${values.map((value) => `"${value}"`).join(" or ")}`);

/** One or many: `?key=a&key=b` or `["a", "b"]`. */
export const oneOrMany = <Item extends z.ZodMiniType>(item: Item, maximum: number) =>
  z.pipe(
    z.transform((value) => Array.isArray(value) ? value : [value]),
    z.array(item).check(z.maxLength(maximum, `Give at most ${maximum}`)),
  );
