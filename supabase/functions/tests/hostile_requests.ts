/** Requests that try to make a function fail. */
import fc from "fast-check";
import { MARK } from "./hostile_answer.ts";

/** What is sent as bearer. "user" stands for valid credentials, Stripe's signature and the scheduler's secret included. */
export const BEARERS = [
  "none",
  "user",
  "other user",
  "expired",
  "forged",
  "tampered",
  "publishable key",
  "text",
] as const;

export interface HostileRequest {
  method: string;
  /** The path after the function's name, with the query. */
  path: string;
  headers: [name: string, value: string][];
  bearer: typeof BEARERS[number];
  body: string;
}

/** Known field names, so that values get past the first check. */
const FIELDS = [
  "limit",
  "starting_after",
  "active",
  "product",
  "currency",
  "type",
  "interval",
  "lookup_key",
  "expand",
  "backfill",
  "for",
  "price",
  "quantity",
  "success_url",
  "cancel_url",
  "return_url",
  "flow",
  "subscription",
  "cancel_at_period_end",
  "sync",
  "session_id",
  "invoice",
  "forceFunctionRegion",
];

const WRONG_FIELDS = [
  "customer",
  "customer_id",
  "user_id",
  "clerk_user_id",
  "livemode",
  "stripe_key",
  "select",
  "__proto__",
  "or",
  "",
];

/** Values that target the services behind a function. */
const VALUES = [
  "1",
  "100",
  "true",
  "false",
  "null",
  "usd",
  "month",
  "recurring",
  "prices",
  "product",
  "-1",
  "1e3",
  "0x10",
  "9".repeat(20),
  "NaN",
  "'",
  `' or 1=1 --`,
  `'; drop table stripe_customers; --`,
  `"`,
  "\\",
  "{}",
  `{a,"b`,
  "}",
  "(select 1)",
  "eq.1",
  "*",
  "%",
  "_",
  "$1",
  "${1}",
  "{{1}}",
  "../../etc/passwd",
  "\u0000",
  "\ud800",
  "\u202e",
  "𝒳".repeat(64),
  "İ",
  "prod_seed_team",
  "price_none",
  "cus_none",
  "user",
  "organization",
  "http://localhost:3000",
  "//evil.example",
  "a,b",
  "a\r\nx: y",
  MARK,
  MARK.repeat(40),
];

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.integer().map(String),
);
const field = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...FIELDS) },
  fc.constantFrom(...WRONG_FIELDS),
  fc.string({ maxLength: 10 }),
);

const encode = (text: string) => encodeURIComponent(text.toWellFormed());
const parameter = fc.tuple(field, value).map(([name, given]) => `${encode(name)}=${encode(given)}`);

// The server refuses other characters in a URL before they reach a function.
const inPath = fc.stringMatching(/^[!$-;=@-_a-z|~]*$/, { maxLength: 20 });
const inQuery = fc.stringMatching(/^[!$-;=?-~]*$/, { maxLength: 60 });

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 6, arbitrary: fc.array(parameter, { maxLength: 4 }).map((all) => `?${all.join("&")}`) },
  inQuery.map((text) => `?${text}`),
  fc.constantFrom("?", "??", "?&&==&", "?%", "?%zz=%", "?%FF=%C0%80", "?limit=%EF%BF%BD", "?limit[]=1&limit[a]=2"),
  fc.constant(`?${"limit=1&".repeat(2_000)}`),
  fc.constant(`?${Array.from({ length: 2_000 }, (_, n) => `${n}`).join("&")}`),
);
const below = fc.oneof(
  { weight: 12, arbitrary: fc.constant("") },
  fc.constantFrom("/", "//", "/sub", "/..", "/%2e%2e/", "/%00", ";a=b", "/functions/v1", "%", "\\", "/.env", "#a"),
  inPath.map((text) => `/${text}`),
);

const methods = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("GET", "POST") },
  fc.constantFrom("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "QUERY", "PURGE", "X".repeat(300)),
);

const json = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(field, fc.oneof(value, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 4 }) },
  fc.jsonValue(),
).map((given) => JSON.stringify(given));
const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 6, arbitrary: json },
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "{",
    "[]",
    "null",
    '{"limit":1}{"limit":2}',
    '{"limit":1,"limit":2}',
    '{"__proto__":{"limit":1}}',
    '{"starting_after":"\\u0000"}',
    '{"lookup_key":["\\ud800"]}',
    `{"lookup_key":[${Array(20).fill(`"{\\"${MARK}"`)}]}`,
    `{"limit":1e999,"x":-0}`,
    `{"limit":${"[".repeat(8_000)}`,
    `{"lookup_key":${"[".repeat(4_000)}${"]".repeat(4_000)}}`,
    "limit=1&active=true",
    "\ufeff{}",
  ),
  fc.constantFrom("x".repeat(16_385), `{"limit":1}`.padEnd(40_000)),
);
const contentType = fc.oneof(
  { weight: 5, arbitrary: fc.constant("application/json") },
  fc.constantFrom(
    "application/json; charset=utf-16",
    "text/plain",
    "multipart/form-data",
    "application/+json",
    "",
    ",",
  ),
);

const header = fc.oneof(
  fc.tuple(
    fc.constantFrom("origin", "referer"),
    fc.constantFrom("null", "*", "http://localhost:3000", "http://localhost:3000.evil", "https://evil.example", MARK),
  ),
  fc.tuple(
    fc.constantFrom("if-none-match", "range", "if-modified-since"),
    fc.constantFrom("*", '"', 'W/"a', MARK, ",,"),
  ),
  fc.tuple(
    fc.constantFrom(
      "apikey",
      "cookie",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
      "x-original-url",
      "x-http-method-override",
      "x-request-id",
      "x-user-id",
      "x-client-info",
      "x-region",
      "traceparent",
      "accept",
      "accept-profile",
      "prefer",
      "content-encoding",
      "access-control-request-method",
      "user-agent",
    ),
    fc.constantFrom("", "*", "DELETE", "gzip", "billing", "service_role", MARK, MARK.repeat(500)),
  ),
);

/** Wrong in many ways at once, so most are refused early. */
const wild: fc.Arbitrary<HostileRequest> = fc.record({
  method: methods,
  path: fc.tuple(below, query).map(([path, search]) => path + search),
  headers: fc.tuple(fc.array(header, { maxLength: 3 }), contentType)
    .map(([headers, type]): [string, string][] => [...headers, ["content-type", type]]),
  bearer: fc.oneof(
    { weight: 3, arbitrary: fc.constant("user" as const) },
    { weight: 2, arbitrary: fc.constant("none" as const) },
    fc.constantFrom(...BEARERS),
  ),
  body,
});

/** Valid except for one value, so that the value gets as far as possible. */
const pointed: fc.Arbitrary<HostileRequest> = fc.tuple(
  fc.boolean(),
  fc.constantFrom(...FIELDS),
  fc.oneof(value, fc.array(value, { maxLength: 20 })),
).map(([reads, name, given]) => {
  const pairs = [given].flat().map((each) => `${name}=${encode(each)}`);
  return {
    method: reads ? "GET" : "POST",
    path: reads ? `?${pairs.join("&")}` : "",
    headers: [["content-type", "application/json"]],
    bearer: "user",
    body: reads ? "" : JSON.stringify({ [name]: given }),
  };
});

export const hostileRequest = fc.oneof({ weight: 2, arbitrary: wild }, pointed);
