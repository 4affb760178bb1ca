import { assertEquals } from "@std/assert";
import { forEach } from "./for_each.ts";

Deno.test("forEach starts the items in order, and as many at once as it may", async () => {
  const ends = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const started: number[] = [];
  const running = forEach([0, 1, 2], 2, async (item) => {
    started.push(item);
    await ends[item]!.promise;
  });
  assertEquals(started, [0, 1]);
  ends[1]!.resolve();
  await new Promise((resume) => setTimeout(resume));
  assertEquals(started, [0, 1, 2]);
  for (const { resolve } of ends) resolve();
  await running;
});
