import { assertEquals, assertRejects } from "@std/assert";
import { Cache } from "./cache.ts";
import { AppError } from "./errors.ts";

/** A cache whose clock changes only when the test sets it. */
function cacheAt(limits: { size?: number; stale?: number; rescue?: number }) {
  const clock = { now: 0 };
  return { clock, cache: new Cache<string>({ size: 2, fresh: 10, ...limits, now: () => clock.now }) };
}

const fails = () => Promise.reject(new Error("down"));
const gives = (value: string) => () => Promise.resolve(value);

Deno.test("A cache holds at most its size by weight, and always the newest entry", async () => {
  const cache = new Cache<string>({ size: 10, weigh: (value) => value.length, fresh: 10, now: () => 0 });
  for (const key of ["a", "b", "c"]) await cache.get(key, gives("four"));
  assertEquals(cache.size, 2);
  await cache.get("d", gives("far more than ten"));
  assertEquals(cache.size, 1);
  await cache.get("d", fails);
  for (const key of ["a", "b"]) await cache.get(key, gives("four"));
  assertEquals(cache.size, 2);
});

Deno.test("A cache loads once for concurrent misses", async () => {
  const { cache } = cacheAt({});
  let loads = 0;
  const load = () => Promise.resolve(`load ${++loads}`);
  assertEquals(await Promise.all(Array.from({ length: 50 }, () => cache.get("a", load))), Array(50).fill("load 1"));
});

Deno.test("A cache serves a fresh entry without loading, as the same object", async () => {
  const { cache, clock } = cacheAt({});
  await cache.get("a", gives("first"));
  clock.now = 9;
  assertEquals(cache.get("a", fails), "first");
});

Deno.test("A cache loads an entry again that is neither fresh nor stale", async () => {
  const { cache, clock } = cacheAt({});
  await cache.get("a", gives("first"));
  clock.now = 10;
  assertEquals(await cache.get("a", gives("second")), "second");
});

Deno.test("A cache serves a stale entry at once and reloads it in the background", async () => {
  const { cache, clock } = cacheAt({ stale: 100 });
  await cache.get("a", gives("first"));
  clock.now = 50;
  assertEquals(cache.get("a", gives("second")), "first");
  await Promise.resolve().then(() => {});
  assertEquals(cache.get("a", fails), "second");
});

Deno.test("A cache serves an older value when loading fails, and pauses before the next load", async () => {
  const { cache, clock } = cacheAt({ rescue: 10_000 });
  await cache.get("a", gives("first"));
  clock.now = 5_000;
  assertEquals(await cache.get("a", fails), "first");
  assertEquals(cache.get("a", gives("second")), "first");
  clock.now = 7_000;
  assertEquals(await cache.get("a", gives("second")), "second");
});

Deno.test("A cache does not serve an older value after a refusal", async () => {
  const { cache, clock } = cacheAt({ rescue: 10_000 });
  await cache.get("a", gives("first"));
  clock.now = 5_000;
  const refuses = () => Promise.reject(AppError.invalidRequest([]));
  await assertRejects(async () => await cache.get("a", refuses), AppError, "invalid fields");
});

Deno.test("A cache serves no older value after the rescue time", async () => {
  const { cache, clock } = cacheAt({ rescue: 100 });
  await cache.get("a", gives("first"));
  clock.now = 100;
  await assertRejects(async () => await cache.get("a", fails), Error, "down");
});

Deno.test("A cache does not store failures", async () => {
  const { cache } = cacheAt({});
  await assertRejects(async () => await cache.get("a", fails), Error, "down");
  assertEquals(await cache.get("a", gives("first")), "first");
});

Deno.test("A cache never holds more than its size and drops the least recently used entry", async () => {
  const { cache } = cacheAt({ size: 2 });
  for (const key of ["a", "b", "a2", "c"]) await cache.get(key, gives(key));
  assertEquals(cache.size, 2);
  assertEquals(cache.get("c", fails), "c");
  assertEquals(await cache.get("a", gives("again")), "again");
});

Deno.test("A cache keeps an entry that is used, however many others are loaded after it", async () => {
  const { cache } = cacheAt({ size: 2 });
  await cache.get("a", gives("a"));
  for (const key of ["b", "c", "d"]) {
    await cache.get(key, gives(key));
    assertEquals(cache.get("a", fails), "a");
  }
});

Deno.test("A cache loads a fresh entry again that is not current", async () => {
  const { cache } = cacheAt({});
  await cache.get("a", gives("first"));
  assertEquals(cache.get("a", fails, (value) => value === "first"), "first");
  assertEquals(await cache.get("a", gives("second"), (value) => value === "second"), "second");
});

Deno.test("An expired entry is loaded by the next get", async () => {
  const { cache } = cacheAt({});
  await cache.get("a", gives("first"));
  cache.expire("a");
  assertEquals(await cache.get("a", gives("second")), "second");
});
