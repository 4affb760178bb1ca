/** Reads answers and checks each against what the contract guarantees for every answer. */
import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import * as z from "zod/mini";
import { ErrorBody } from "../_shared/contract/error_body.ts";
import { type ErrorCode, STATUS } from "../_shared/contract/errors.ts";
import { assertNoSecrets } from "./secrets.ts";
import { ORIGIN } from "./stack.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EXPOSED = "x-request-id, etag, retry-after, www-authenticate";

/** Conflicts that end by themselves. */
const RETRIED = /"code":"(event_busy|checkout_in_progress)"/;

interface Expected {
  /** The allowed origin; null for none. */
  origin?: string | null;
}

/** The text of an answer that has this status and the headers of every answer. */
export async function readText(response: Response, status: number, { origin = ORIGIN }: Expected = {}) {
  const text = await response.text();
  assertEquals(response.status, status, `It is ${response.status}: ${text}`);
  assertNoSecrets(text, "The answer");
  const { headers } = response;
  assertMatch(headers.get("x-request-id") ?? "", UUID);
  assert(headers.get("vary")?.split(/, */).includes("Origin"));
  assertEquals(headers.get("access-control-allow-origin"), origin);
  assertEquals(headers.get("access-control-expose-headers"), origin && EXPOSED);
  assertEquals(headers.get("access-control-allow-credentials"), null);
  assertEquals(headers.has("allow"), status === 405 || status === 204);
  assertEquals(headers.get("www-authenticate"), status === 401 ? "Bearer" : null);
  assertEquals(headers.has("retry-after"), status === 503 || RETRIED.test(text));
  return text;
}

/** The body of a success, which matches the contract exactly. */
export async function readAnswer<Body>(response: Response, status: number, shape: z.ZodMiniType<Body>): Promise<Body> {
  const body = JSON.parse(await readText(response, status));
  assertEquals(response.headers.get("content-type"), "application/json");
  // The schemas drop unknown fields and fill in missing ones, so the comparison finds both.
  assertEquals(body, z.parse(shape, body));
  return body;
}

/** The error of an answer, which has this code. */
export async function readError(response: Response, code: ErrorCode, expected?: Expected): Promise<ErrorBody["error"]> {
  const text = await readText(response, STATUS[code], expected);
  const { headers } = response;
  const body = JSON.parse(text);
  assertEquals(body, z.parse(ErrorBody, body));
  const { error } = body as ErrorBody;
  assertEquals(error.code, code);
  assertEquals(error.request_id, headers.get("x-request-id"));
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("etag"), null);
  assertMatch(error.message, /^[A-Z].*[^.]$/);
  if (headers.has("retry-after")) assertWholeSeconds(headers.get("retry-after"));
  return error;
}

/** The fields that a 400 names. */
export async function readProblems(response: Response): Promise<string[]> {
  const { details = [] } = await readError(response, "invalid_request");
  for (const { message } of details) assertMatch(message, /^[A-Z].*[^.]$/);
  return details.map(({ field }) => field);
}

function assertWholeSeconds(text: string | null) {
  assertMatch(text ?? "", /^\d+$/);
  assertGreaterOrEqual(Number(text), 1);
}
