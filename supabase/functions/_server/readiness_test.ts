import { assertEquals } from "@std/assert";
import { createReadiness } from "./readiness.ts";

const read = async (response: Promise<Response>) => {
  const { status, body } = await response.then(async (answer) => ({
    status: answer.status,
    body: await answer.json(),
  }));
  return [status, body.status];
};

Deno.test("probes at the same time and soon after share one call of the database", async () => {
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
  let isDown = true;
  const readiness = createReadiness(() => isDown ? Promise.reject(new Error("of a test")) : Promise.resolve());
  const { now } = Date;
  let time = 0;
  Date.now = () => time;
  try {
    assertEquals(await read(readiness.respond()), [503, "database_unavailable"]);
    isDown = false;
    time = 1_999;
    assertEquals(await read(readiness.respond()), [503, "database_unavailable"]);
    time = 2_000;
    assertEquals(await read(readiness.respond()), [200, "ready"]);
  } finally {
    Date.now = now;
  }
});

Deno.test("after stop the answer is 503, without a call of the database", async () => {
  let calls = 0;
  const readiness = createReadiness(() => Promise.resolve(++calls));
  readiness.stop();
  assertEquals([await read(readiness.respond()), calls], [[503, "stopping"], 0]);
});
