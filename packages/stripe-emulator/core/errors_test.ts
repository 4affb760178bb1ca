import { openAccount } from "../testing/account.ts";
import { assertEquals, assertMatch } from "../testing/assert.ts";

Deno.test("an error has the body and headers of Stripe's", async () => {
  await using account = openAccount();
  const { status, headers, body } = await account.post("/v1/products", "nam=x&recurring[a]=b");
  const { request_log_url, ...error } = body.error;
  assertEquals(status, 400);
  assertEquals(error, {
    code: "parameter_unknown",
    doc_url: "https://stripe.com/docs/error-codes/parameter-unknown",
    message: "Received unknown parameters: nam, recurring",
    param: "nam",
    type: "invalid_request_error",
  });
  assertMatch(headers.get("request-id")!, /^req_\w{14}$/);
  assertEquals(request_log_url.endsWith(headers.get("request-id")), true);
  assertEquals(headers.get("stripe-version"), "2026-10-28.endive");
  assertEquals(headers.get("content-type"), "application/json");
});

const REFUSED: [what: string, call: [method: string, path: string, body?: string], error: Record<string, unknown>][] = [
  ["a missing parameter", ["POST", "/v1/products", ""], {
    code: "parameter_missing",
    param: "name",
    message: "Missing required param: name.",
  }],
  ["a missing nested parameter", ["POST", "/v1/prices", "currency=usd&recurring[interval_count]=2"], {
    code: "parameter_missing",
    param: "recurring[interval]",
  }],
  ["an unknown nested parameter", ["POST", "/v1/prices", "currency=usd&recurring[interval]=day&recurring[x]=2"], {
    code: "parameter_unknown",
    param: "recurring[x]",
  }],
  ["an empty value that cannot be unset", ["POST", "/v1/products", "name="], {
    code: "parameter_invalid_empty",
    param: "name",
  }],
  ["text for a number", ["POST", "/v1/prices", "currency=usd&unit_amount=ten"], {
    code: "parameter_invalid_integer",
    param: "unit_amount",
    message: "Invalid integer: ten",
  }],
  ["a negative amount", ["POST", "/v1/prices", "currency=usd&unit_amount=-1"], { code: "parameter_invalid_integer" }],
  ["text for a boolean", ["GET", "/v1/products?active=yes"], { param: "active", message: "Invalid boolean: yes" }],
  ["a list for a string", ["POST", "/v1/products", "name[]=a&name[]=b"], {
    message: 'Invalid string: {"0":"a","1":"b"}',
  }],
  ["a value outside of an enumeration", ["POST", "/v1/prices", "currency=usd&recurring[interval]=decade"], {
    param: "recurring[interval]",
    message: "Invalid recurring[interval]: must be one of day, month, week, or year",
  }],
  ["a limit over 100", ["GET", "/v1/prices?limit=101"], {
    code: "parameter_invalid_integer",
    param: "limit",
    message: "This value must be less than or equal to 100 (it currently is '101').",
  }],
  ["a limit of 0", ["GET", "/v1/prices?limit=0"], { code: "parameter_invalid_integer", param: "limit" }],
  ["a malformed email address", ["POST", "/v1/customers", "email=invalid"], { code: "email_invalid", param: "email" }],
  ["a long metadata value", ["POST", "/v1/customers", `metadata[k]=${"x".repeat(501)}`], { param: "metadata[k]" }],
];
for (const [what, [method, path, body], expected] of REFUSED) {
  Deno.test(`${what} answers 400 and names the parameter`, async () => {
    await using account = openAccount();
    const answer = await account.call(method, path, body);
    assertEquals(answer.status, 400);
    const { error } = answer.body;
    assertEquals(Object.fromEntries(Object.keys(expected).map((name) => [name, error[name]])), expected);
  });
}

Deno.test("an unknown route answers 404 with the method and path", async () => {
  await using account = openAccount();
  const { status, body } = await account.get("/v1/unicorns");
  assertEquals(status, 404);
  assertEquals(
    body.error.message,
    "Unrecognized request URL (GET: /v1/unicorns). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
  );
});

Deno.test("an unknown id answers 404 in the path and 400 in a parameter", async () => {
  await using account = openAccount();
  const inPath = await account.get("/v1/products/prod_none");
  assertEquals([inPath.status, inPath.body.error.code, inPath.body.error.param], [404, "resource_missing", "id"]);
  const inParameter = await account.post("/v1/prices", "currency=usd&unit_amount=1&product=prod_none");
  assertEquals([inParameter.status, inParameter.body.error.param], [400, "product"]);
  assertEquals(inParameter.body.error.message, "No such product: 'prod_none'");
});

Deno.test("the SDK throws its own error classes", async () => {
  await using account = openAccount();
  const error = await account.sdk.customers.retrieve("cus_none").catch((thrown) => thrown);
  assertEquals([error.type, error.code, error.statusCode], ["StripeInvalidRequestError", "resource_missing", 404]);
});
