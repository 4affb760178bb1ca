import { assertEquals, assertRejects } from "@std/assert";
import { createSharedFetches } from "./share_fetches.ts";

const REF = { object: "product", object_id: "prod_1" } as const;

/** Longer than all that is not a timer. */
const settled = () => new Promise((resume) => setTimeout(resume));

/** Fetches that are ended one by one. */
function fixture() {
  const arrive = createSharedFetches();
  const begun: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const fetch = (ticket: number) => {
    begun.push(ticket);
    ends.push(Promise.withResolvers());
    return ends.at(-1)!.promise;
  };
  return {
    arrive: (ref: Parameters<typeof arrive>[0] = REF) => {
      const event = arrive(ref);
      return {
        ...event,
        fetch: (ticket: number) => event.fetch(ticket, fetch).finally(event.leave),
      };
    },
    begun,
    end: (index: number) => ends[index]!.resolve(),
    fail: (index: number) => ends[index]!.reject(new Error("Failed")),
  };
}

Deno.test("The fetch of an event that comes alone begins without waiting", async () => {
  const { arrive, begun, end } = fixture();
  for (const ticket of [1, 2]) {
    const recorded = arrive().fetch(ticket);
    await settled();
    assertEquals(begun.length, ticket);
    end(ticket - 1);
    await recorded;
  }
  assertEquals(begun, [1, 2]);
});

Deno.test("Events that arrive before a fetch begins share it, under the last ticket that was drawn", async () => {
  const { arrive, begun, end } = fixture();
  const [first, second, third] = [arrive(), arrive(), arrive()];
  const recorded = [second!.fetch(5), first!.fetch(4)];
  await settled();
  assertEquals(begun, [], "The third ticket is being drawn");
  recorded.push(third!.fetch(6));
  await settled();
  end(0);
  await Promise.all(recorded);
  assertEquals(begun, [6]);
});

Deno.test("Events that arrive during a fetch share the next, which begins when the first is recorded", async () => {
  const { arrive, begun, end } = fixture();
  const recorded = [arrive().fetch(1)];
  await settled();
  recorded.push(arrive().fetch(2), arrive().fetch(3));
  await settled();
  assertEquals(begun, [1]);
  end(0);
  await recorded[0];
  await settled();
  assertEquals(begun, [1, 3]);
  end(1);
  await Promise.all(recorded);
});

Deno.test("An event whose claim needs no fetch delays no other", async () => {
  const { arrive, begun, end } = fixture();
  const duplicate = arrive();
  const recorded = arrive().fetch(1);
  await settled();
  assertEquals(begun, []);
  duplicate.leave();
  await settled();
  assertEquals(begun, [1]);
  end(0);
  await recorded;
});

Deno.test("A failed fetch fails each of its events, and the next is tried", async () => {
  const { arrive, begun, end, fail } = fixture();
  const both = [arrive(), arrive()].map((event, index) => event.fetch(index + 1));
  await settled();
  const next = arrive().fetch(3);
  fail(0);
  for (const failed of both) await assertRejects(() => failed, Error, "Failed");
  await settled();
  assertEquals(begun, [2, 3]);
  end(1);
  await next;
});

Deno.test("Objects share nothing, also when their ids are equal", async () => {
  const { arrive, begun, end } = fixture();
  const refs = [REF, { ...REF, object_id: "prod_2" }, { ...REF, object: "price" as const }];
  const recorded = refs.map((ref, index) => arrive(ref).fetch(index + 1));
  await settled();
  assertEquals(begun, [1, 2, 3]);
  refs.forEach((_, index) => end(index));
  await Promise.all(recorded);
});
