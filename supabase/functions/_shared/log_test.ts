import { assertEquals, assertMatch } from "@std/assert";
import { AppError } from "./errors.ts";
import { type Call, logCall, logWarning } from "./log.ts";

const SECRET = "Tr0ub4dor";

/** The one line that something writes, and how. */
function lineOf(write: () => void) {
  const { info, warn, error } = console;
  const written: [level: string, line: string][] = [];
  for (const level of ["info", "warn", "error"] as const) console[level] = (line) => void written.push([level, line]);
  try {
    write();
  } finally {
    Object.assign(console, { info, warn, error });
  }
  const [[level, line] = ["nothing", ""], ...others] = written;
  assertEquals(others, []);
  return { level, line, fields: JSON.parse(line) };
}

const call = (fields: Partial<Call> = {}): Call => ({
  function: "stripe-customer",
  method: "POST",
  request_id: "5f0c",
  started: performance.now(),
  ...fields,
});

/** Everything that a library may hang its input on. */
const leaky = (fields: Record<string, unknown> = {}) =>
  Object.assign(new Error(`No such customer: ${SECRET}`), {
    name: "StripeInvalidRequestError",
    type: "StripeInvalidRequestError",
    code: "resource_missing",
    statusCode: 404,
    requestId: "req_1",
    detail: SECRET,
    details: SECRET,
    hint: SECRET,
    raw: { message: SECRET },
    headers: { authorization: SECRET },
    body: SECRET,
    param: SECRET,
    cause: new Error(SECRET),
    ...fields,
  });

Deno.test("A request is one line of JSON with what an operator asks for first", () => {
  const { level, line, fields } = lineOf(() => logCall(call({ caller: "user_ada" }), 201));
  const { time, ms, ...rest } = fields;
  assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assertEquals(typeof ms, "number");
  assertEquals(line.includes("\n"), false);
  assertEquals(level, "info");
  assertEquals(rest, {
    level: "info",
    function: "stripe-customer",
    method: "POST",
    request_id: "5f0c",
    caller: "user_ada",
    status: 201,
  });
});

Deno.test("A refusal is information, a failure of ours is an error", () => {
  const error = AppError.unauthenticated("The token has expired");
  const { level, fields } = lineOf(() => logCall(call({ error }), error.status));
  assertEquals([level, fields.error, fields.cause.message], ["info", "unauthenticated", "The token has expired"]);
  assertEquals(lineOf(() => logCall(call({ error: AppError.from(new Error()) }), 500)).level, "error");
});

Deno.test("Of a library's error its kind, its code, its request and its place are told", () => {
  const { fields } = lineOf(() => logWarning("Looking failed", leaky()));
  const { at, ...cause } = fields.cause;
  assertMatch(at[0], /log_test\.ts/);
  assertEquals(cause, {
    name: "StripeInvalidRequestError",
    type: "StripeInvalidRequestError",
    code: "resource_missing",
    status: 404,
    upstream_request_id: "req_1",
  });
});

for (
  const [what, cause] of Object.entries({
    "a library's error": leaky(),
    "a library's error behind ours": AppError.stripeUnavailable(leaky()),
    "an error behind two of ours": AppError.from(AppError.notConfigured("A key is missing", leaky())),
    "a message that looks like a stack": new Error(`Bad\n    at ${SECRET}\n    at ${SECRET}`),
    "an error whose stack is its message": Object.assign(new Error(), { stack: `Error: ${SECRET}` }),
    "a text": SECRET,
    "a list": [SECRET],
    "an object": { message: SECRET, password: SECRET, toString: () => SECRET, toJSON: () => SECRET },
    "a problem's input": { issues: [{ path: ["limit"], input: SECRET, message: SECRET }] },
    "several errors": new AggregateError([new Error(SECRET)], SECRET),
    "JSON that is none": (() => {
      try {
        return JSON.parse(`{"key": ${SECRET}`);
      } catch (error) {
        return error;
      }
    })(),
  })
) {
  Deno.test(`Nothing secret of ${what} gets out`, () => {
    for (
      const write of [
        () => logWarning("Something failed", cause),
        () => logCall(call({ error: AppError.from(cause) }), 500),
      ]
    ) {
      const { line } = lineOf(write);
      assertEquals(line.includes(SECRET), false, line);
    }
  });
}

Deno.test("Whatever is thrown, a line is written", () => {
  for (const cause of [undefined, null, 0, "", false, Symbol("a"), () => {}, Object.create(null), new Date(NaN), 10n]) {
    assertEquals(lineOf(() => logWarning("Something failed", cause)).level, "warn");
    assertEquals(lineOf(() => logCall(call({ error: AppError.from(cause) }), 500)).level, "error");
  }
});

Deno.test("The fields of a bad setting are told, their values are not", () => {
  const issues = [{ path: ["data", 0, "created"], input: SECRET }, { message: SECRET }];
  const { fields, line } = lineOf(() => logWarning("A page is not as promised", { issues }));
  assertEquals(fields.cause.fields, ["data.0.created", null]);
  assertEquals(line.includes(SECRET), false);
});
