import { assertEquals, assertMatch } from "@std/assert";
import { AppError } from "./errors.ts";
import { type Call, isSelected, logCall, logWarning } from "./log.ts";

const SECRET = "Tr0ub4dor";

/** The one line that is written, and its level. */
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

/** An error with every field in which a library may put its input. */
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

Deno.test("A request is one line of JSON with the fields that an operator needs", () => {
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

Deno.test("A refusal is logged as info, an internal failure as error", () => {
  const error = AppError.unauthenticated("The token has expired");
  const { level, fields } = lineOf(() => logCall(call({ error }), error.status));
  assertEquals([level, fields.error, fields.cause.message], ["info", "unauthenticated", "The token has expired"]);
  assertEquals(lineOf(() => logCall(call({ error: AppError.from(new Error()) }), 500)).level, "error");
});

Deno.test("isSelected selects an id by its first 32 bits: all of them with 1, none with 0", () => {
  const ids = ["00000000", "19999999", "1999999a", "7fffffff", "80000000", "ffffffff"]
    .map((start) => `${start}-5c1e-4b5a-9d3e-0123456789ab`);
  const selected = (fraction: number) => ids.filter((id) => isSelected(id, fraction)).length;
  assertEquals([0, 0.1, 0.5, 0.999, 1].map(selected), [0, 2, 4, 5, 6]);
});

Deno.test("A library's error is logged with its type, code, request id and stack", () => {
  const { fields } = lineOf(() => logWarning("The request failed", leaky()));
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
    "a library's error as the cause of an AppError": AppError.stripeUnavailable(leaky()),
    "an error as the cause of two AppErrors": AppError.from(AppError.notConfigured("A key is missing", leaky())),
    "a message in the form of a stack": new Error(`Bad\n    at ${SECRET}\n    at ${SECRET}`),
    "an error whose stack is its message": Object.assign(new Error(), { stack: `Error: ${SECRET}` }),
    "a string": SECRET,
    "a list": [SECRET],
    "an object": { message: SECRET, password: SECRET, toString: () => SECRET, toJSON: () => SECRET },
    "an issue's input": { issues: [{ path: ["limit"], input: SECRET, message: SECRET }] },
    "several errors": new AggregateError([new Error(SECRET)], SECRET),
    "a JSON syntax error": (() => {
      try {
        return JSON.parse(`{"key": ${SECRET}`);
      } catch (error) {
        return error;
      }
    })(),
  })
) {
  Deno.test(`The log of ${what} contains no secret`, () => {
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

Deno.test("A line is written for every thrown value", () => {
  for (const cause of [undefined, null, 0, "", false, Symbol("a"), () => {}, Object.create(null), new Date(NaN), 10n]) {
    assertEquals(lineOf(() => logWarning("Something failed", cause)).level, "warn");
    assertEquals(lineOf(() => logCall(call({ error: AppError.from(cause) }), 500)).level, "error");
  }
});

Deno.test("Validation issues are logged with their fields, without the values", () => {
  const issues = [{ path: ["data", 0, "created"], input: SECRET }, { message: SECRET }];
  const { fields, line } = lineOf(() => logWarning("A page has another shape", { issues }));
  assertEquals(fields.cause.fields, ["data.0.created", null]);
  assertEquals(line.includes(SECRET), false);
});
