import { invalid } from "./errors.ts";
import type { Form, FormValue } from "./form.ts";

/** Reads one parameter; `param` is its name as Stripe reports it, such as `recurring[interval]`. */
export type Param<T> = (value: FormValue, param: string) => T;
type Shape = Record<string, Param<any>>;
type Read<S extends Shape> = { [Name in keyof S]: ReturnType<S[Name]> };
type Fields<S extends Shape, Required extends keyof S> = Partial<Read<S>> & Pick<Read<S>, Required>;

const isForm = (value: FormValue): value is Form => typeof value === "object" && !Array.isArray(value);

/** A group of named parameters; refuses unknown ones and a missing required one. */
export function fields<S extends Shape, Required extends keyof S & string = never>(
  shape: S,
  ...required: Required[]
): Param<Fields<S, Required>> {
  return (value, param) => {
    if (!isForm(value)) throw invalid("Invalid object", param || undefined);
    const nameOf = (name: string) => param ? `${param}[${name}]` : name;
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(shape, name)).map(nameOf);
    if (unknown.length > 0) {
      const message = `Received unknown parameter${unknown.length > 1 ? "s" : ""}: ${unknown.join(", ")}`;
      throw invalid(message, unknown[0], "parameter_unknown");
    }
    for (const name of required) {
      if (value[name] === undefined) {
        throw invalid(`Missing required param: ${nameOf(name)}.`, nameOf(name), "parameter_missing");
      }
    }
    const read: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(value)) read[name] = shape[name]!(given, nameOf(name));
    return read as Fields<S, Required>;
  };
}

/** The number of characters as Stripe counts them: an emoji is one, as in `String#length` of Ruby. */
export const lengthOf = (value: string): number => [...value].length;

/** Any string, the empty one included. */
const plain = (max = 5_000): Param<string> => (value, param) => {
  if (typeof value !== "string") throw invalid(`Invalid string: ${JSON.stringify({ ...value })}`, param);
  if (value.length > max && lengthOf(value) > max) {
    const characters = [...value];
    const shown = `${characters.slice(0, 10).join("")}...${characters.slice(-10).join("")}`;
    throw invalid(`Invalid string: ${shown}; must be at most ${max} characters`, param);
  }
  return value;
};

/** A string of at most so many characters that cannot be unset. */
export const textUpTo = (max: number): Param<string> => (value, param) => {
  if (plain(max)(value, param) !== "") return value as string;
  const message =
    `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`;
  throw invalid(message, param, "parameter_invalid_empty");
};

/** A string that cannot be unset. */
export const text = textUpTo(5_000);

/** The id of a new object that the caller chooses: https://docs.stripe.com/upgrades#2018-05-21 */
export const newId: Param<string> = (value, param) => {
  const id = text(value, param);
  if (/^[a-zA-Z0-9_-]+$/.test(id)) return id;
  throw invalid(
    `This value must match the regex pattern. (/\\A[a-zA-Z0-9_\\-]+\\z/ does not match for the value ${id}).`,
    param,
  );
};

/** A parameter that an empty string unsets. */
export const orUnset = <T>(read: Param<T>): Param<T | null> => (value, param) =>
  value === "" ? null : read(value, param);

export const optionalText = orUnset(plain());

/** A string of at most so many characters that an empty string unsets. */
export const optionalTextUpTo = (max: number) => orUnset(plain(max));

export const boolean: Param<boolean> = (value, param) => {
  if (value !== "true" && value !== "false") throw invalid(`Invalid boolean: ${text(value, param)}`, param);
  return value === "true";
};

export const integer =
  (min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Param<number> => (value, param) => {
    const digits = text(value, param);
    const refuse = (message: string) => invalid(message, param, "parameter_invalid_integer");
    if (!/^-?\d+$/.test(digits)) throw refuse(`Invalid integer: ${digits}`);
    const number = Number(digits);
    if (number < min && min === 0) throw refuse("Invalid non-negative integer");
    if (number < min) throw refuse(`This value must be greater than or equal to ${min}.`);
    if (number > max) throw refuse(`This value must be less than or equal to ${max} (it currently is '${digits}').`);
    return number;
  };

/** A decimal with at most 12 places that is not negative, in the shortest form. */
export const decimal: Param<string> = (value, param) => {
  const digits = text(value, param);
  if (!/^\d+(\.\d{1,12})?$/.test(digits)) throw invalid(`Invalid decimal: ${digits}`, param);
  return digits.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
};

export const number: Param<number> = (value, param) => {
  const digits = text(value, param);
  if (Number.isNaN(Number(digits))) throw invalid(`Invalid decimal: ${digits}`, param);
  return Number(digits);
};

export const oneOf = <const T extends string>(...choices: T[]): Param<T> => (value, param) => {
  const given = text(value, param);
  if ((choices as string[]).includes(given)) return given as T;
  const list = choices.length > 2 ? `${choices.slice(0, -1).join(", ")}, or ${choices.at(-1)}` : choices.join(" or ");
  throw invalid(`Invalid ${param}: must be one of ${list}`, param);
};

/** A list, sent as `name[]=a&name[]=b` or `name[0]=a`; an empty string empties it. */
export const list = <T>(read: Param<T>, max: number): Param<T[]> => (value, param) => {
  if (value === "") return [];
  if (!Array.isArray(value)) throw invalid("Invalid array", param);
  if (value.length > max) throw invalid(`Array ${param} exceeded maximum ${max} allowed elements.`, param);
  return value.map((item, index) => read(item, `${param}[${index}]`));
};

/** An object whose keys are data, such as currencies. */
export const record = <T>(readName: Param<string>, read: Param<T>): Param<Record<string, T>> => (value, param) => {
  if (!isForm(value)) throw invalid("Invalid object", param);
  return Object.fromEntries(
    Object.entries(value).map((
      [name, given],
    ) => [readName(name, `${param}[${name}]`), read(given, `${param}[${name}]`)]),
  );
};

const range = fields({ gt: integer(), gte: integer(), lt: integer(), lte: integer() });

/** A test of a Unix time: one exact second or a range of them. */
export const time: Param<(at: number) => boolean> = (value, param) => {
  if (typeof value === "string") {
    const exact = integer()(value, param);
    return (at) => at === exact;
  }
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range(value, param);
  return (at) => at > gt && at >= gte && at < lt && at <= lte;
};
