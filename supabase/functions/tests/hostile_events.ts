/** Events with a valid signature that try to make a function fail or fetch another object. */
import fc from "fast-check";
import { STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { makeEvent, type SentEvent } from "./events.ts";
import { MARK } from "./hostile_answer.ts";

/** Ids with a special meaning in a path, a query, a database or an engine. */
export const STRANGE_IDS = [
  ".",
  "..",
  "...",
  "../customers",
  "../customers/cus_1",
  "..%2fcustomers",
  "%2e%2e",
  "..;",
  "..\\",
  "/",
  "//stripe.example/v1",
  "a/b",
  "search",
  "upcoming",
  "?expand[]=customer",
  "a&expand[]=customer",
  "#",
  "cus_1#/../prod_1",
  "a,b",
  "(a)",
  "*",
  "eq.1",
  "' or 1=1 --",
  '"}',
  "\\u0000",
  "\u0000",
  "\ud800",
  "a\udc00b",
  "\r\nx: y",
  "\n",
  " ",
  "\u2028",
  "\u202e",
  "𝒳é",
  "__proto__",
  "constructor",
  "toString",
  "null",
  MARK,
  "x".repeat(255),
  "x".repeat(256),
  "𝒳".repeat(255),
  "x".repeat(9_000),
  "x".repeat(200_000),
];

const notText = fc.constantFrom<unknown>(null, undefined, true, 0, -1, 1e300, {}, [], ["prod_1"], { id: "prod_1" });
const id = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>(...STRANGE_IDS) },
  fc.string({ unit: "binary", maxLength: 20 }),
  notText,
);

const type = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(STRIPE_EVENTS)) },
  fc.constantFrom("__proto__", "constructor", "toString", "product.updated ", "PRODUCT.UPDATED", "*", "product"),
  fc.constantFrom("v2.core.event", "invoice.upcoming", `a"b\nc`, `${MARK}.updated`, "x".repeat(100_000)),
);

const object: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      id,
      customer: id,
      subscription: id,
      object: fc.constantFrom<unknown>("product", "customer", "event", null, {}),
      deleted: fc.constantFrom<unknown>(true, false, "true", undefined),
      metadata: fc.constantFrom<unknown>(undefined, { clerk_user_id: MARK }, null, []),
    }, { requiredKeys: ["id"] }),
  },
  fc.constantFrom<unknown>([], {}, null, "prod_1", 1, JSON.parse('{"__proto__": {"id": "prod_1"}}')),
);

/** The fields of an event, with one of them wrong. */
const fields: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom<unknown>(-1, -1e15, 0, 1.5, 1e300, 2 ** 63, "1", null, undefined).map((created) => ({ created })),
  fc.constantFrom<unknown>(true, "false", null, undefined, 0).map((livemode) => ({ livemode })),
  fc.oneof(id, fc.constantFrom("2019-01-01")).map((api_version) => ({ api_version })),
  id.map((account) => ({ account })),
  id.map((id) => ({ id })),
  fc.constantFrom<unknown>("v2.core.event", "product", null, {}).map((object) => ({ object })),
  fc.constantFrom<unknown>(null, undefined, [], "x", { object: [] }, { previous_attributes: {} }).map((data) => ({
    data,
  })),
);

/** An event that is nearly valid. */
export const hostileEvent: fc.Arbitrary<SentEvent> = fc.tuple(type, object, fields).map(([type, object, fields]) =>
  makeEvent(type, object as object, fields)
);

const HEX = "0123456789abcdef";

/** Small changes that make a valid signature invalid. */
export const forgery: fc.Arbitrary<(header: string) => string> = fc.oneof(
  fc.nat(63).map((at) => (header: string) =>
    header.replace(/(?<=v1=)\w+/, (hex) => hex.slice(0, at) + HEX[(HEX.indexOf(hex[at]!) + 1) % 16] + hex.slice(at + 1))
  ),
  fc.integer({ min: 1, max: 64 }).map((cut) => (header: string) => header.slice(0, -cut)),
  fc.constantFrom(-1, 1, 299, -299, 1e9).map((seconds) => (header: string) =>
    header.replace(/\d+/, (time) => `${Number(time) + seconds}`)
  ),
  fc.constantFrom(
    (header: string) => header.replace(/(?<=v1=)\w+/, (hex) => hex.toUpperCase().replace(/^\d+$/, "")),
    (header: string) => header.replace("v1=", "v0="),
    (header: string) => header.replace("v1=", "v1 ="),
    (header: string) => header.replace("v1=", "v1=0x"),
    (header: string) => header.replace("v1=", "V1="),
    (header: string) => header.replace("t=", "t=-"),
    (header: string) => header.replace("t=", "t=1e"),
    (header: string) => header.replace(/t=\d+,/, ""),
    (header: string) => header.replace(/t=\d+/, "t="),
    (header: string) => header.replace(/t=\d+/, "t=NaN"),
    (header: string) => header.replaceAll(",", ";"),
    (header: string) => `"${header}"`,
    (header: string) => `${"v1=0,".repeat(200)}${header.replace("v1=", "v0=")}`,
    () => "t=1,v1=",
    () => "__proto__=1,constructor=2",
  ),
);
