import { assertEquals } from "@std/assert";
import { background } from "../_shared/background.ts";
import { trackBackgroundWork } from "./background_work.ts";

Deno.test("finished waits for background work, for what that starts, and for work that fails", async () => {
  const work = trackBackgroundWork();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  background(
    "The first",
    first.promise.then(() => {
      done.push("first");
      background("The second", second.promise.then(() => void done.push("second")));
      background("A failure", Promise.reject(new Error("of a test")));
    }),
  );

  const finished = work.finished().then(() => void done.push("finished"));
  first.resolve();
  await new Promise((resume) => setTimeout(resume));
  assertEquals(done, ["first"]);
  second.resolve();
  await finished;
  assertEquals(done, ["first", "second", "finished"]);
  await work.finished();
});
