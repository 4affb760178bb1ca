import { assertEquals } from "@std/assert";
import { freezeTime } from "../tests/frozen_time.ts";
import { createReadiness } from "./readiness.ts";

const read = async (response: Promise<Response>) => {
  const answer = await response;
  return [answer.status, (await answer.json()).status];
};

Deno.test("probes at the same time and soon after share one call of the database", async () => {
  using _clock = freezeTime();
  let calls = 0;
  const readiness = createReadiness(() => Promise.resolve(++calls));
  const answers = await Promise.all([1, 2, 3].map(() => read(readiness.respond())));
  assertEquals([answers, await read(readiness.respond()), calls], [
    [[200, "ready"], [200, "ready"], [200, "ready"]],
    [200, "ready"],
    1,
  ]);
});

Deno.test("without the database the answer is 503, and 200 once it is back", async () => {
  using clock = freezeTime();
  let isDown = true;
  const readiness = createReadiness(() => isDown ? Promise.reject(new Error("of a test")) : Promise.resolve());
  assertEquals(await read(readiness.respond()), [503, "database_unavailable"]);
  isDown = false;
  clock.set(1_999);
  assertEquals(await read(readiness.respond()), [503, "database_unavailable"]);
  clock.set(2_000);
  assertEquals(await read(readiness.respond()), [200, "ready"]);
});

Deno.test("after stop the answer is 503, without a call of the database", async () => {
  let calls = 0;
  const readiness = createReadiness(() => Promise.resolve(++calls));
  readiness.stop();
  assertEquals([await read(readiness.respond()), calls], [[503, "stopping"], 0]);
});
