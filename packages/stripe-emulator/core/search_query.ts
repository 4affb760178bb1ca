import { invalid } from "./errors.ts";

/** A searchable field; `text` fields support `~`, numbers `<` and `>`. */
export interface SearchField<O> {
  kind: "exact" | "text" | "number";
  read(object: O): string | number | boolean | null | undefined;
}
export type SearchFields<O> = Record<string, SearchField<O>> & { metadata: SearchField<O> };

type Clause<O> = (object: O) => boolean;
type Metadata = { metadata?: Record<string, string> | null };

const DOUBLE = String.raw`"((?:\\.|[^"\\])*)"`;
const SINGLE = String.raw`'((?:\\.|[^'\\])*)'`;
/** `-metadata["key"]:"value"`: negation, name, key, operator, value; key and value in either kind of quotes. */
const CLAUSE = new RegExp(
  String
    .raw`^\s*(-)?([a-z_]+)(?:\[(?:${DOUBLE}|${SINGLE})\])?\s*(:|~|<=|>=|<|>)\s*(?:${DOUBLE}|${SINGLE}|([^\s"']+))\s*`,
  "is",
);
const CONNECTIVE = /^(and|or)\b\s*/i;

/** Parses a search query into a predicate: https://docs.stripe.com/search#search-query-language */
export function parseSearchQuery<O extends Metadata>(query: string, fields: SearchFields<O>): Clause<O> {
  const clauses: Clause<O>[] = [];
  const connectives = new Set<string>();
  let rest = query;
  while (true) {
    const match = rest.match(CLAUSE);
    if (!match) throw unparsable();
    clauses.push(readClause(match, fields));
    rest = rest.slice(match[0].length);
    if (rest === "") break;
    const connective = rest.match(CONNECTIVE);
    connectives.add(connective ? connective[1]!.toLowerCase() : "and"); // a space between clauses means AND
    rest = rest.slice(connective?.[0].length ?? 0);
  }
  if (connectives.size > 1) {
    throw invalid(
      "We were unable to parse your search query. You can't combine AND and OR in the same query.",
      "query",
    );
  }
  return connectives.has("or")
    ? (object) => clauses.some((clause) => clause(object))
    : (object) => clauses.every((clause) => clause(object));
}

function readClause<O extends Metadata>(match: RegExpMatchArray, fields: SearchFields<O>): Clause<O> {
  const [, negated, name, doubleKey, singleKey, operator, doubleValue, singleValue, bare] = match;
  const key = doubleKey ?? singleKey;
  const field = Object.hasOwn(fields, name!.toLowerCase()) ? fields[name!.toLowerCase()] : undefined;
  if (!field || (name === "metadata") !== (key !== undefined)) {
    const known = Object.keys(fields).map((known) => `\`${known}\``).join(", ");
    throw invalid(
      `Field \`${name}\` is an unsupported search field for this resource. Supported fields are: ${known}.`,
      "query",
    );
  }
  const read = key === undefined ? field.read : (object: O) => object.metadata?.[unescape(key)];
  const wanted = bare === "null" ? null : unescape(doubleValue ?? singleValue ?? bare ?? "");
  const test = compare(field.kind, operator!, wanted, name!);
  return negated ? (object) => !test(read(object)) : (object) => test(read(object));
}

function compare(kind: SearchField<never>["kind"], operator: string, wanted: string | null, name: string) {
  type Value = ReturnType<SearchField<never>["read"]>;
  if (operator === ":") {
    if (wanted === null) return (value: Value) => value == null || value === "";
    return (value: Value) => value != null && String(value).toLowerCase() === wanted.toLowerCase();
  }
  if (operator === "~" && kind === "text" && wanted !== null) {
    if (wanted.length < 3) throw invalid("A substring match needs at least three characters.", "query");
    return (value: Value) => String(value ?? "").toLowerCase().includes(wanted.toLowerCase());
  }
  if (operator !== "~" && kind === "number" && wanted !== null && !Number.isNaN(Number(wanted))) {
    const number = Number(wanted);
    return (value: Value) => {
      if (typeof value !== "number") return false;
      if (operator === "<") return value < number;
      if (operator === "<=") return value <= number;
      return operator === ">" ? value > number : value >= number;
    };
  }
  throw invalid(`The operator \`${operator}\` is not supported for the field \`${name}\`.`, "query");
}

const unescape = (text: string) => text.replace(/\\(.)/g, "$1");

const unparsable = () =>
  invalid(
    "We were unable to parse your search query. Try using the format `field:'value'`. Learn more about the query syntax at https://stripe.com/docs/search.",
    "query",
  );
