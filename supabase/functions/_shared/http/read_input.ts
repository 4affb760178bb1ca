import * as z from "zod/mini";
import type { FieldError } from "../contract/error_body.ts";
import type { Schema } from "../contract/input.ts";
import { AppError } from "../errors.ts";
import { readText } from "./read_text.ts";

/** Bytes: far more than any input needs. */
const MAX_BYTES = 16_384;
const MAX_FIELD_ERRORS = 10;
const MAX_QUERIES = 200;

const queries = new WeakMap<Schema<unknown>, Map<string, unknown>>();

/**
 * The query of a `GET`, or the JSON body of a `POST`, parsed by its schema. Equal queries give the same frozen object.
 *
 * @throws AppError `invalid_request` with the fields, `payload_too_large`, `unsupported_media_type`
 */
export async function readInput<Input>(request: Request, schema: Schema<Input>): Promise<Input> {
  // Not parsed as a URL, because the caller chooses the host, which may be invalid.
  const [, search = ""] = request.url.match(/\?([^#]*)/) ?? [];
  if (request.method === "GET") return readQuery(search, schema);
  return check({ ...search && fieldsOf(search), ...await readBody(request) }, schema);
}

/** Most callers send the same few queries, so each is parsed once. */
function readQuery<Input>(search: string, schema: Schema<Input>): Input {
  let known = queries.get(schema) as Map<string, Input> | undefined;
  if (known === undefined) queries.set(schema, known = new Map());
  let input = known.get(search);
  if (input === undefined) {
    input = Object.freeze(check(fieldsOf(search), schema));
    if (known.size >= MAX_QUERIES) known.clear();
    known.set(search, input);
  }
  return input;
}

function check<Input>(fields: object, schema: Schema<Input>): Input {
  const { data, error } = z.safeParse(schema, fields);
  if (error) throw AppError.invalidRequest(error.issues.flatMap(fieldErrors).slice(0, MAX_FIELD_ERRORS));
  return data;
}

/** A repeated parameter becomes a list; the schema decides whether it may be one. */
function fieldsOf(search: string): Record<string, unknown> {
  const given = Map.groupBy(new URLSearchParams(search), ([name]) => name);
  given.delete("forceFunctionRegion"); // supabase-js adds it when a region is set
  const fields = Array.from(given, ([name, pairs]): [string, unknown] => {
    const values = pairs.map(([, value]) => value);
    return [name, values.length === 1 ? values[0] : values];
  });
  return Object.fromEntries(fields);
}

async function readBody(request: Request): Promise<object> {
  // By a guard that verifies a signature over it.
  if (request.bodyUsed) return {};
  const text = await readText(request, MAX_BYTES);
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
    // Refused below.
  }
  throw AppError.invalidRequest([{ field: "", message: "Send a JSON object" }]);
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: key.slice(0, 100), message: "Unknown field" }));
  }
  return [{ field: issue.path.join("."), message: issue.message }];
}
