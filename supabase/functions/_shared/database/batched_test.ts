import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../errors.ts";
import { batched } from "./batched.ts";

/** Longer than all that is not a timer. */
const settled = () => new Promise((resume) => setTimeout(resume));
/** Longer than a promise takes, and shorter than any timer. */
const promisesSettled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** Calls that are ended one by one: each item is answered with itself, doubled. */
function fixture(end: (items: number[]) => Promise<void>) {
  const calls: number[][] = [];
  const ask = batched(async (items: number[]) => {
    calls.push(items);
    await end(items);
    return items.map((item) => item * 2);
  });
  return { ask, calls };
}

/** Calls that wait until they are ended. */
function held() {
  const ends: PromiseWithResolvers<void>[] = [];
  return { ...fixture(() => (ends.push(Promise.withResolvers()), ends.at(-1)!.promise)), ends };
}

Deno.test("An item that comes alone is asked for at once, and each has its own answer", async () => {
  const { ask, calls } = fixture(() => Promise.resolve());
  assertEquals(await ask(1), 2);
  assertEquals(await Promise.all([ask(2), ask(3)]), [4, 6]);
  assertEquals(calls, [[1], [2, 3]]);
});

Deno.test("What comes up during a call goes into the next together, fifty at most", async () => {
  const { ask, calls, ends } = held();
  const first = ask(0);
  await settled();
  const rest = Array.from({ length: 60 }, (_, n) => ask(n + 1));
  await settled();
  assertEquals(calls, [[0]]);
  for (const call of [0, 1, 2]) {
    while (calls.length <= call) await settled();
    ends[call]!.resolve();
  }
  assertEquals(calls.map((items) => items.length), [1, 50, 10]);
  assertEquals(await Promise.all([first, ...rest]), Array.from({ length: 61 }, (_, n) => n * 2));
});

Deno.test("In a burst a call waits for as many items as the last two had on average, and no longer than a moment", async () => {
  const { ask, calls } = fixture(() => Promise.resolve());
  await ask(0);
  await Promise.all([1, 2, 3, 4, 5].map(ask));
  const first = [6, 7].map(ask);
  await promisesSettled();
  assertEquals(calls.length, 2);
  const third = ask(8);
  await promisesSettled();
  assertEquals(calls.at(-1), [6, 7, 8]);
  await Promise.all([...first, third]);
  for (const late of [9, 10, 11, 12]) assertEquals(await ask(late), late * 2);
  const alone = ask(13);
  await promisesSettled();
  assertEquals(calls.at(-1), [13]);
  await alone;
});

Deno.test("A call that is held up lets the next begin, and is answered all the same", async () => {
  const { ask, calls, ends } = held();
  const slow = ask(1), next = ask(2);
  await settled();
  const later = ask(3);
  while (calls.length < 2) await settled();
  ends[1]!.resolve();
  assertEquals(await later, 6);
  ends[0]!.resolve();
  assertEquals([await slow, await next], [2, 4]);
  assertEquals(calls, [[1, 2], [3]]);
});

Deno.test("A failed call is repeated for each item alone, so that only the wrong one fails", async () => {
  const { ask, calls } = fixture((items) => items.includes(2) ? Promise.reject(new Error("Wrong")) : Promise.resolve());
  const answers = await Promise.allSettled([ask(1), ask(2), ask(3)]);
  assertEquals(answers.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertEquals(calls, [[1, 2, 3], [1], [2], [3]]);
});

Deno.test("While the database is unavailable a call fails for all, and the next is tried", async () => {
  const failures: AppError[] = [AppError.databaseUnavailable(undefined)];
  const { ask, calls } = fixture(async () => {
    await settled();
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  });
  const both = [ask(1), ask(2)];
  for (const one of both) assertEquals((await assertRejects(() => one, AppError)).code, "database_unavailable");
  assertEquals(await ask(3), 6);
  assertEquals(calls, [[1, 2], [3]]);
});

Deno.test("A call that another transaction was in the way of is repeated for each item alone", async () => {
  const conflict = AppError.databaseUnavailable({ code: "55P03", message: "canceling statement due to lock timeout" });
  const { ask, calls } = fixture((items) => items.includes(2) ? Promise.reject(conflict) : Promise.resolve());
  const answers = await Promise.allSettled([ask(1), ask(2), ask(3)]);
  assertEquals(answers.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertEquals(calls, [[1, 2, 3], [1], [2], [3]]);
});
