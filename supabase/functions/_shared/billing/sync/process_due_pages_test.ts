import { assertEquals } from "@std/assert";
import { type Answers, type Calls, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { type DuePageGateways, processDuePages } from "./process_due_pages.ts";
import { startTimeBudget } from "./time_budget.ts";

const idsOf = (count: number, first = 0) => Array.from({ length: count }, (_, n) => `sub_${first + n}`);
const due = (ids: string[]) => ({ kind: "subscription", ticket: 7, ids, created_from: 1_000, created_to: 2_000 });
const subscription = (id: string, status = "active") => ({
  ...{ id, object: "subscription", status },
  items: { object: "list", data: [{ price: { product: "prod_1" } }], has_more: false },
});
const page = (ids: string[], has_more = false) => ({ data: ids.map((id) => subscription(id)), has_more });

/** The calls of a run, and how many objects it recorded. */
async function process(answers: Answers, fetches = 50) {
  const calls: Calls = [];
  const gateways: DuePageGateways = { database: scripted(answers, calls), stripe: scripted(answers, calls) };
  const recorded = await withoutPauses(() => processDuePages(startTimeBudget(30, fetches), gateways));
  const records = calls.filter(([name]) => name === "recordObjects");
  const recordedIds = records.map(([, , objects]) => (objects as { id: string }[]).map(({ id }) => id));
  return {
    recorded,
    recordedIds,
    names: calls.map(([name]) => name),
    lists: calls.filter(([name]) => name === "listObjects"),
  };
}

Deno.test("Objects that are due are recorded from a list of the time in which they were created", async () => {
  const ids = idsOf(20);
  const { recorded, recordedIds, lists } = await process({
    claimDuePage: [due(ids), null],
    listObjects: [page(["sub_other", ...ids])],
    recordObjects: [undefined],
  });
  assertEquals([recorded, recordedIds], [20, [ids]]);
  const [, kind, after, , created] = lists[0]!;
  assertEquals([kind, after, created], ["subscription", undefined, { gte: 940, lt: 2_001 }]);
});

Deno.test("A list is read on while it shows objects that are due", async () => {
  const ids = idsOf(150);
  const { recorded, lists } = await process({
    claimDuePage: [due(ids), null],
    listObjects: [page(idsOf(100), true), page(idsOf(100, 100), true)],
    recordObjects: [undefined, undefined],
  });
  assertEquals(recorded, 150);
  assertEquals(lists.map(([, , after]) => after), [undefined, "sub_99"]);
  const foreign = await process({
    claimDuePage: [due(["sub_1", "sub_gone"]), null],
    listObjects: [page(idsOf(100), true)],
    recordObjects: [undefined],
  });
  assertEquals([foreign.recorded, foreign.lists.length], [1, 1], "A list of other objects is not");
});

Deno.test("An object whose companions are fetched with it is left to its own fetch", async () => {
  const data = [subscription("sub_0", "past_due"), subscription("sub_1")];
  const { recordedIds } = await process({
    claimDuePage: [due(idsOf(2)), null],
    listObjects: [{ data, has_more: false }],
    recordObjects: [undefined],
  });
  assertEquals(recordedIds, [["sub_1"]]);
});

Deno.test("A list or a record that fails leaves its objects to their own fetches", async () => {
  const failures: Answers[] = [
    { listObjects: [AppError.stripeUnavailable(undefined)] },
    { listObjects: [page(idsOf(20))], recordObjects: [AppError.internal(undefined, undefined)] },
  ];
  for (const answers of failures) {
    const { recorded, names } = await process({ claimDuePage: [due(idsOf(20))], ...answers });
    assertEquals([recorded, names.filter((name) => name === "claimDuePage").length], [0, 1]);
  }
});

Deno.test("At most half of a run's work is lists", async () => {
  const ids = idsOf(20);
  const { lists } = await process({
    claimDuePage: Array(10).fill(due(ids)),
    listObjects: Array(10).fill(page(ids)),
    recordObjects: Array(10).fill(undefined),
  });
  assertEquals(lists.length, 5);
  assertEquals((await process({ claimDuePage: [due(ids)] }, 0)).names, []);
});
