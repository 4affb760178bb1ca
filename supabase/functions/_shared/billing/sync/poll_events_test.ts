import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, scripted } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { pollEvents, type PollGateways } from "./poll_events.ts";

const RUN = { run_id: 7, window_from: 100, window_to: 200, window_cursor: null };
const WINDOW = { gte: 100, lte: 200 };

const event = (id: string, type = "product.updated") => ({
  id,
  type,
  created: 150,
  api_version: "2026-10-28.endive",
  data: { object: { id: `prod_of_${id}`, object: "product" } },
});
const entered = (id: string) => ({
  id,
  type: "product.updated",
  created: 150,
  api_version: "2026-10-28.endive",
  object: "product",
  object_id: `prod_of_${id}`,
});
const missing = () =>
  AppError.stripeUnavailable({ code: "resource_missing", param: "starting_after", statusCode: 400 });

/** Polls with these answers, for this many reads. */
async function run(answers: Answers, window_cursor: string | null = null, reads = 10) {
  const calls: Calls = [];
  const gateway = scripted<never>(answers, calls);
  const budget = { hasLeft: true, next: () => Promise.resolve(reads-- > 0) };
  const gateways: PollGateways = { database: gateway, stripe: gateway };
  const { found, polledToEnd: done } = await pollEvents({ ...RUN, window_cursor }, budget, gateways);
  return { done, found, calls };
}

Deno.test("trap 11: a window is listed to its end, and counts as polled only then", async () => {
  const { done, found, calls } = await run({
    listEvents: [
      { data: [event("evt_3"), event("evt_2")], has_more: true },
      { data: [event("evt_1")], has_more: false },
    ],
    recordEventsPage: [1, 1],
  });
  assertEquals([done, found], [true, 2]);
  assertEquals(calls, [
    ["listEvents", WINDOW, undefined],
    ["recordEventsPage", 7, [entered("evt_3"), entered("evt_2")], "evt_2"],
    ["listEvents", WINDOW, "evt_2"],
    ["recordEventsPage", 7, [entered("evt_1")], null],
  ]);
});

Deno.test("Events that nothing is mirrored for are not entered, but move the cursor", async () => {
  const { found, calls } = await run({
    listEvents: [{ data: [event("evt_2", "charge.succeeded")], has_more: true }, { data: [], has_more: false }],
    recordEventsPage: [0, 0],
  });
  assertEquals(found, 0);
  assertEquals(calls[1], ["recordEventsPage", 7, [], "evt_2"]);
});

Deno.test("An unfinished window resumes at its cursor", async () => {
  const { calls } = await run({ listEvents: [{ data: [], has_more: false }], recordEventsPage: [0] }, "evt_9");
  assertEquals(calls[0], ["listEvents", WINDOW, "evt_9"]);
});

Deno.test("A run that was overtaken, or whose time is over, has not polled to the end", async () => {
  const page = { data: [event("evt_2")], has_more: true };
  const overtaken = await run({ listEvents: [page], recordEventsPage: [null] });
  assertEquals([overtaken.done, overtaken.found], [false, 0]);
  const late = await run({ listEvents: [page], recordEventsPage: [1] }, null, 1);
  assertEquals([late.done, late.found], [false, 1]);
});

Deno.test("A cursor that Stripe no longer lists restarts the window", async () => {
  const { done, calls } = await run(
    { listEvents: [missing(), { data: [], has_more: false }], recordEventsPage: [0] },
    "evt_of_last_month",
  );
  assertEquals(done, true);
  assertEquals(calls.slice(0, 2), [["listEvents", WINDOW, "evt_of_last_month"], ["listEvents", WINDOW]]);
  await assertRejects(() => run({ listEvents: [missing()] }), AppError);
});
