import { assertEquals } from "@std/assert";
import { background, backgroundEnded } from "./background.ts";

Deno.test("backgroundEnded waits for work, for what that starts, and for work that fails", async () => {
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  background(
    "The first",
    first.promise.then(() => {
      done.push("first");
      background("The second", second.promise.then(() => void done.push("second")));
      background("A test", Promise.reject(new Error("of a test")));
    }),
  );

  const ended = backgroundEnded().then(() => void done.push("ended"));
  first.resolve();
  await new Promise((resume) => setTimeout(resume));
  assertEquals(done, ["first"]);
  second.resolve();
  await ended;
  assertEquals(done, ["first", "second", "ended"]);
  await backgroundEnded();
});
