import * as z from "zod/mini";
import type { FieldError } from "../contract/errors.ts";
import type { Schema } from "../contract/input.ts";
import { AppError } from "../errors.ts";
import { readText } from "./read_text.ts";

/** Bytes: no input of ours is near it. */
const LARGEST = 16_384;
const MOST_PROBLEMS = 10;
const MOST_QUERIES = 200;

const queries = new WeakMap<Schema<unknown>, Map<string, unknown>>();

/**
 * The query of a `GET`, or the JSON body of a `POST`, as its schema says.
 *
 * @throws AppError `invalid_request` with the fields, `payload_too_large`, `unsupported_media_type`
 */
export async function readInput<Input>(request: Request, schema: Schema<Input>): Promise<Input> {
  // The URL is not parsed as a whole, because its host is whatever the caller says it is.
  const [, search = ""] = request.url.match(/\?([^#]*)/) ?? [];
  if (request.method === "GET") return readQuery(search, schema);
  return check({ ...fieldsOf(search), ...await readBody(request) }, schema);
}

/** Most callers ask for the same few things: what a query says is worked out once. */
function readQuery<Input>(search: string, schema: Schema<Input>): Input {
  let known = queries.get(schema) as Map<string, Input> | undefined;
  if (known === undefined) queries.set(schema, known = new Map());
  let input = known.get(search);
  if (input === undefined) {
    input = Object.freeze(check(fieldsOf(search), schema));
    if (known.size >= MOST_QUERIES) known.clear();
    known.set(search, input);
  }
  return input;
}

function check<Input>(fields: object, schema: Schema<Input>): Input {
  const { data, error } = z.safeParse(schema, fields);
  if (error) throw AppError.invalidRequest(error.issues.flatMap(problems).slice(0, MOST_PROBLEMS));
  return data;
}

/** A parameter that is given twice is a list; the schema says whether it may be one. */
function fieldsOf(search: string): Record<string, unknown> {
  const given = Map.groupBy(new URLSearchParams(search), ([name]) => name);
  given.delete("forceFunctionRegion"); // supabase-js adds it when it is given a region
  const fields = Array.from(given, ([name, pairs]): [string, unknown] => {
    const values = pairs.map(([, value]) => value);
    return [name, values.length === 1 ? values[0] : values];
  });
  return Object.fromEntries(fields);
}

async function readBody(request: Request): Promise<object> {
  const text = await readText(request, LARGEST);
  if (text === "") return {};
  if (
    !/^application\/(.+\+)?json\b/i.test(request.headers.get("content-type") ?? "")
  ) throw AppError.unsupportedMediaType();

  try {
    const body = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) {
      return body;
    }
  } catch {
    // Told below.
  }
  throw AppError.invalidRequest([{ field: "", message: "Send a JSON object" }]);
}

function problems(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: key.slice(0, 100), message: "There is no such field" }));
  }
  return [{ field: issue.path.join("."), message: issue.message }];
}
