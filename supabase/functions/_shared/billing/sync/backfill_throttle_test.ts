import { assert, assertEquals } from "@std/assert";
import { inSimulatedTime } from "../../../tests/simulated_time.ts";
import { createThrottle, RATES } from "./backfill_throttle.ts";

const ENDPOINTS = ["a", "b", "c", "d", "e", "f"];

interface Read {
  endpoint: string;
  at: number;
}

/** When the reads begin that many lists make at once. */
async function reads(rates: typeof RATES.live, endpoints = ENDPOINTS, each = 120): Promise<Read[]> {
  const begun: Read[] = [];
  await inSimulatedTime(async () => {
    const throttle = createThrottle(rates);
    await Promise.all(endpoints.flatMap((endpoint) =>
      Array.from({ length: each }, async () => {
        await throttle.next(endpoint);
        begun.push({ endpoint, at: performance.now() });
      })
    ));
  });
  return begun;
}

const busiestSecond = (reads: Read[]) =>
  Math.max(...reads.map(({ at }) => reads.filter((other) => other.at >= at && other.at < at + 1_000).length));

Deno.test("Reads with a live key begin at most 25 times a second at an endpoint and 80 times in all", async () => {
  const all = await reads(RATES.live);
  assert(busiestSecond(all) <= 80);
  for (const endpoint of ENDPOINTS) assert(busiestSecond(all.filter((read) => read.endpoint === endpoint)) <= 25);
});

Deno.test("Reads in a sandbox begin at most 25 times a second in all", async () => {
  assert(busiestSecond(await reads(RATES.sandbox)) <= 25);
});

Deno.test("Reads of an endpoint that is limited pause, the others do not", async () => {
  await inSimulatedTime(async () => {
    const throttle = createThrottle(RATES.live);
    await throttle.next("a");
    throttle.limited("a", 2);
    throttle.limited("a", 2); // Of a read that had begun before.
    await throttle.next("b");
    assert(performance.now() < 1_000);
    await throttle.next("a");
    const resumed = performance.now();
    assert(resumed >= 2_000 && resumed <= 3_100, `${resumed}`);
    await throttle.next("a");
    assert(performance.now() - resumed >= 1.5 * 1_000 / RATES.live.endpoint, "Reads are less frequent at first");
    for (let n = 0; n < 100; n++) await throttle.next("a");
    const before = performance.now();
    await throttle.next("a");
    assertEquals(Math.round(performance.now() - before), Math.round(1_000 / RATES.live.endpoint));
  });
});
