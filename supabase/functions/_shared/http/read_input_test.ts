import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import * as z from "zod/mini";
import { flag, integer, NoInput, oneOrMany, text } from "../contract/input.ts";
import { AppError } from "../errors.ts";
import { readInput } from "./read_input.ts";
import { readText } from "./read_text.ts";

const Input = z.strictObject({
  limit: z._default(integer(1, 100), 20),
  active: z._default(flag(), true),
  name: z.optional(text(10)),
  keys: z.optional(oneOrMany(text(10), 2)),
});

const get = (query: string) => readInput(new Request(`http://a/x${query}`), Input);
const post = (body: BodyInit | null, type = "application/json", query = "") =>
  readInput(new Request(`http://a/x${query}`, { method: "POST", body, headers: { "content-type": type } }), Input);
const json = (value: unknown) => post(JSON.stringify(value));

/** The code and the fields of the error. */
async function errorOf(reading: Promise<unknown>) {
  const { code, details } = await assertRejects(() => reading, AppError);
  return details === undefined ? code : [code, ...details.map(({ field }) => field)];
}

/** A body in chunks, and how many of them were read. */
function chunked(chunks: Iterable<Uint8Array>) {
  const read = { count: 0, cancelled: false };
  const iterator = chunks[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) return controller.close();
      read.count++;
      controller.enqueue(value);
    },
    cancel: () => void (read.cancelled = true),
  }, { highWaterMark: 0 });
  return { body, read };
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("A query and a body with the same fields give the same input", async () => {
  const input = { limit: 3, active: false, name: "Ada", keys: ["a", "b"] };
  assertEquals(await get("?limit=3&active=false&name=Ada&keys=a&keys=b"), input);
  assertEquals(await json(input), input);
});

Deno.test("A missing field has its default, in a query and in an empty body", async () => {
  const input = { limit: 20, active: true };
  assertEquals(await get(""), input);
  for (const [body, type] of [[null, "application/json"], ["", "text/plain"], ["{}", "application/json"]] as const) {
    assertEquals(await post(body, type), input);
  }
});

Deno.test("A single value of a list field is a list", async () => {
  assertEquals((await get("?keys=a")).keys, ["a"]);
  assertEquals((await json({ keys: "a" })).keys, ["a"]);
});

Deno.test("A repeated parameter is refused where one value is expected", async () => {
  assertEquals(await errorOf(get("?limit=1&limit=2")), ["invalid_request", "limit"]);
});

Deno.test("A field of the body replaces the same field of the query", async () => {
  assertEquals((await post('{"limit": 5}', undefined, "?limit=6&name=Ada")).limit, 5);
});

Deno.test("Unknown fields are refused by name, whatever the name", async () => {
  for (const name of ["Limit", "__proto__", "constructor", "toString", "hasOwnProperty", ""]) {
    assertEquals(await errorOf(get(`?${name}=1`)), ["invalid_request", name]);
    assertEquals(await errorOf(post(`{"${name}": {"limit": 1}}`)), ["invalid_request", name]);
  }
  assertEquals(({} as Record<string, unknown>).limit, undefined);
});

Deno.test("A prototype in the body sets no field", async () => {
  assertEquals(await errorOf(post('{"__proto__": {"limit": 3, "name": "Ada"}}')), ["invalid_request", "__proto__"]);
});

Deno.test("Only well-formed numbers and flags are accepted", async () => {
  for (const limit of ["0", "101", "-1", "1.5", "1e1", " 1", "0x10", "", "9".repeat(400)]) {
    assertEquals(await errorOf(get(`?limit=${encodeURIComponent(limit)}`)), ["invalid_request", "limit"], limit);
  }
  for (const limit of [0, 101, 1.5, null, true, [1], { a: 1 }, "ten"]) {
    assertEquals(await errorOf(json({ limit })), ["invalid_request", "limit"]);
  }
  for (const active of ["1", "yes", "TRUE", ""]) {
    assertEquals(await errorOf(get(`?active=${active}`)), ["invalid_request", "active"]);
  }
});

Deno.test("Text that PostgreSQL cannot store is refused", async () => {
  assertEquals(await errorOf(get("?name=a%00b")), ["invalid_request", "name"]);
  assertEquals(await errorOf(post('{"name": "a\\u0000b"}')), ["invalid_request", "name"]);
  assertEquals(await errorOf(post('{"name": "a\\ud800b"}')), ["invalid_request", "name"]);
  assertEquals(await errorOf(json({ name: "" })), ["invalid_request", "name"]);
  assertEquals(await errorOf(json({ name: "x".repeat(11) })), ["invalid_request", "name"]);
});

Deno.test("An error inside a list names the position", async () => {
  assertEquals(await errorOf(json({ keys: ["a", 5] })), ["invalid_request", "keys.1"]);
});

Deno.test("At most ten field errors are listed, with names of at most 100 characters", async () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${n}${"x".repeat(20)}`, 1]));
  const error = await assertRejects(() => json(many), AppError);
  assertEquals(error.details?.length, 10);
  const [, field] = await errorOf(json({ ["x".repeat(5_000)]: 1 })) as string[];
  assertEquals(field, "x".repeat(100));
});

Deno.test("A body that is not a JSON object is refused", async () => {
  for (const body of ["{", "nul", "null", "5", '"a"', "[]", "[{}]", "\u0000", "{}{}", "{'limit': 1}", " "]) {
    assertEquals(await errorOf(post(body)), ["invalid_request", ""], body);
  }
});

Deno.test("Deeply nested JSON is refused without a crash", async () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const depth = 16_000 / (open.length + close.length);
    const deep = open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth);
    assertEquals(await errorOf(post(`{"limit":${deep}}`)), ["invalid_request", "limit"]);
    assertEquals(await errorOf(post(open.repeat(16_000 / open.length))), ["invalid_request", ""]);
  }
});

Deno.test("Bytes that are not UTF-8 cause at most an invalid field", async () => {
  assertEquals(await errorOf(post(new Uint8Array([0xff, 0xfe, 0x00]))), ["invalid_request", ""]);
  const { name } = await post(new Uint8Array([...bytes('{"name": "'), 0xff, ...bytes('"}')]));
  assertEquals(name, "\ufffd");
});

Deno.test("A character split across chunks is decoded", async () => {
  const whole = bytes('{"name": "Zoë 👩"}');
  const { body } = chunked(Array.from(whole, (byte) => new Uint8Array([byte])));
  assertEquals((await post(body)).name, "Zoë 👩");
});

Deno.test("An endless body is refused after its first 16 KB", async () => {
  const { body, read } = chunked(Array(10_000).fill(new Uint8Array(1_024).fill(32)));
  assertEquals(await errorOf(post(body)), "payload_too_large");
  assertLessOrEqual(read.count, 18);
});

Deno.test("The largest accepted body has 16 KB", async () => {
  const padded = (size: number) => `{"limit": 1}`.padEnd(size);
  assertEquals((await post(padded(16_384))).limit, 1);
  assertEquals(await errorOf(post(padded(16_385))), "payload_too_large");
});

Deno.test("A body that a guard has read is no input, and is not read again", async () => {
  const request = new Request("http://a/x?limit=3", { method: "POST", body: "signed text" });
  assertEquals(await readText(request, 100), "signed text");
  assertEquals(await readInput(request, Input), { limit: 3, active: true });
});

Deno.test("A body of another media type is refused, every JSON media type is read", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
    assertEquals(await errorOf(post('{"limit": 1}', type)), "unsupported_media_type", type);
  }
  for (const type of ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"]) {
    assertEquals((await post('{"limit": 1}', type)).limit, 1, type);
  }
});

Deno.test("The region parameter of supabase-js is ignored", async () => {
  assertEquals((await get("?limit=2&forceFunctionRegion=eu-central-1")).limit, 2);
  assertEquals(await readInput(new Request("http://a/x?forceFunctionRegion=any"), NoInput), {});
});

Deno.test("An incomplete body is an invalid request", async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes('{"limit":')),
    pull: (controller) => controller.error(new Error("The connection was reset")),
  }, { highWaterMark: 0 });
  assertEquals(await errorOf(post(body)), ["invalid_request", ""]);
});

Deno.test("A query is read whatever the host of the URL is", async () => {
  for (const host of ["a b", "[", "%%", "a:99999", ""]) {
    const request = new Proxy(new Request("http://a/x"), {
      get: (target, name) => name === "url" ? `http://${host}/x?limit=3#top` : Reflect.get(target, name, target),
    });
    assertEquals((await readInput(request, Input)).limit, 3, host);
  }
});

Deno.test("A question mark within the query is part of its value", async () => {
  assertEquals(await errorOf(get("?limit=3?name=Ada")), ["invalid_request", "limit"]);
});
