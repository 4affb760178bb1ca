import { assertEquals, assertLess, assertNotMatch } from "@std/assert";
import type { ErrorBody } from "../_shared/contract/error_body.ts";
import { STATUS } from "../_shared/contract/errors.ts";
import { readError, readText } from "./answers.ts";
import { ORIGIN } from "./stack.ts";

/** Part of hostile values that no answer may repeat. */
export const MARK = "h0stile";

const ALLOWED = [ORIGIN, "http://localhost:5173"];

/** Words from the error messages of upstream services and of the engine. */
const UPSTREAM =
  /postgres|pgrst|public\.|billing\.|sqlstate|relation|column|syntax|constraint|stripe\.com|resource_missing|clerk_|jwk|\.ts\b|file:|node_modules|TypeError|Unexpected|undefined|\[object/i;

/** Checks what holds for every answer to any request. @returns its request id */
export async function assertSafeAnswer(
  response: Response,
  request: { method: string; headers: [name: string, value: string][] },
): Promise<string> {
  const { status, headers } = response;
  const text = await response.clone().text();
  assertLess(status, 500, `It is ${status}: ${text}`);
  const origins = request.headers.filter(([name]) => name === "origin").map(([, value]) => value).join(", ");
  const expected = { origin: ALLOWED.includes(origins) ? origins : null };
  if (status < 400 || request.method === "HEAD") await readText(response, status, expected);
  else {
    const { error } = JSON.parse(text) as ErrorBody;
    assertEquals(STATUS[error.code], status);
    await readError(response, error.code, expected);
    assertEquals(text.includes(MARK), false, `It repeats the request: ${text}`);
    // A field name may be the caller's own text.
    for (const { message } of [error, ...error.details ?? []]) assertNotMatch(message, UPSTREAM);
  }
  return headers.get("x-request-id")!;
}
