import * as z from "zod/mini";
import type { Problem } from "../contract/errors.ts";
import type { Schema } from "../contract/input.ts";
import { AppError } from "../errors.ts";

/** Bytes: no input of ours is near it. */
const LARGEST = 16_384;
/** Bytes: a larger body is read up to here, because a caller who is still sending may never see the answer. */
const READ_ALL_THE_SAME = 1_048_576;
const MOST_PROBLEMS = 10;

/**
 * The query of a `GET`, or the JSON body of a `POST`, as its schema says.
 *
 * @throws AppError `invalid_request` with the fields, `payload_too_large`, `unsupported_media_type`
 */
export async function readInput<Input>(request: Request, schema: Schema<Input>): Promise<Input> {
  const query = readQuery(new URL(request.url).searchParams);
  const { data, error } = z.safeParse(
    schema,
    request.method === "GET" ? query : { ...query, ...await readBody(request) },
  );
  if (error) {
    throw AppError.invalidRequest(error.issues.flatMap(problems).slice(0, MOST_PROBLEMS));
  }
  return data;
}

/** A parameter that is given twice is a list; the schema says whether it may be one. */
function readQuery(search: URLSearchParams): Record<string, unknown> {
  search.delete("forceFunctionRegion"); // supabase-js adds it when it is given a region
  const query: [string, unknown][] = [...new Set(search.keys())].map((name) => {
    const values = search.getAll(name);
    return [name, values.length === 1 ? values[0] : values];
  });
  return Object.fromEntries(query);
}

async function readBody(request: Request): Promise<object> {
  const text = await readText(request);
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

/** Keeps no more than is allowed, whatever `content-length` says. */
async function readText(request: Request): Promise<string> {
  let text = "", size = 0;
  const decoder = new TextDecoder();
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size <= LARGEST) text += decoder.decode(chunk, { stream: true });
    if (size > READ_ALL_THE_SAME) break;
  }
  if (size > LARGEST) throw AppError.payloadTooLarge(LARGEST);
  return text + decoder.decode();
}

function problems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: key.slice(0, 100), message: "There is no such field" }));
  }
  return [{ field: issue.path.join("."), message: issue.message }];
}
