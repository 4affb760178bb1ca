/**
 * Searches schedules of the checkout protocol: random ones (`PROOF_CHECKOUTS` sets how many), and every one within
 * small bounds (`PROOF_SWITCHES` is the most switches from a process that could continue).
 */
import { assert, assertEquals } from "@std/assert";
import { countFromEnv } from "../lib/count_from_env.ts";
import { readTableRows } from "../lib/readme_tables.ts";
import { noteIfRare } from "../lib/seeds.ts";
import { namesOf } from "../lib/switches.ts";
import { ASSUMPTIONS, type Assumptions, WITH_OTHER_SELLERS } from "./assumptions.ts";
import { BEHAVIORS, BOUNDS, searchEverySchedule } from "./every_schedule.ts";
import { DUPLICATE_GUARDS, GUARDS, REDUNDANT, without } from "./guards.ts";
import { firstSeed } from "./known_seeds.ts";
import { type Rules, searchSchedules, traceSchedule } from "./schedule.ts";

/** Limits a search that finds nothing; every violation is found sooner. */
const ENOUGH = 300_000;

const SCHEDULES = countFromEnv("PROOF_CHECKOUTS", 100_000, 1);
const SWITCHES = countFromEnv("PROOF_SWITCHES", 3, 1);

const SELLERS: [string, Assumptions][] = [
  ["only checkouts sell", ASSUMPTIONS],
  ["others sell too", WITH_OTHER_SELLERS],
];

for (const [sellers, assumptions] of SELLERS) {
  Deno.test(`Checkout protocol, random schedules where ${sellers} keep every invariant`, () => {
    const found = searchSchedules(1, SCHEDULES, { assumptions });
    assert(found === undefined, found && traceSchedule(found.seed, { assumptions }));
    console.log(`${SCHEDULES} schedules, no invariant violated`);
  });
}

Deno.test("Checkout protocol, every order of two or three calls and their payments keeps every invariant", () => {
  let sum = 0;
  for (const behavior of BEHAVIORS) {
    for (const each of BOUNDS) {
      const bounds = { ...each, switches: Math.min(each.switches, SWITCHES) };
      const { schedules, violated } = searchEverySchedule(bounds, behavior);
      assertEquals(violated, undefined, JSON.stringify({ behavior, bounds }));
      sum += schedules;
    }
  }
  console.log(`${sum} schedules, no invariant violated`);
});

for (const guard of namesOf(GUARDS)) {
  const [invariant, how] = GUARDS[guard];
  Deno.test(`Checkout protocol without ${guard} violates ${invariant}: ${how}`, () => {
    const first = firstSeed(guard);
    const found = searchSchedules(first, ENOUGH, { guards: without(guard) }, invariant);
    assert(found, `${ENOUGH} schedules keep the invariant without it`);
    noteIfRare(first, found);
  });
}

for (const guard of namesOf(DUPLICATE_GUARDS)) {
  const [invariant, how] = DUPLICATE_GUARDS[guard];
  Deno.test(`Checkout protocol where others sell too, without ${guard}, violates ${invariant}: ${how}`, () => {
    const rules = { guards: without(guard), assumptions: WITH_OTHER_SELLERS };
    const first = firstSeed(guard);
    const found = searchSchedules(first, ENOUGH, rules, invariant);
    assert(found, `${ENOUGH} schedules keep the invariant without it`);
    noteIfRare(first, found);
  });
}

for (const step of namesOf(REDUNDANT)) {
  Deno.test(`Checkout protocol without ${step} keeps every invariant: ${REDUNDANT[step]}`, () => {
    for (const [, assumptions] of SELLERS) {
      const rules = { guards: without(step), assumptions };
      const found = searchSchedules(1, Math.ceil(SCHEDULES / 20), rules);
      assert(found === undefined, found && traceSchedule(found.seed, rules));
    }
  });
}

/** Each leads to two live subscriptions in one slot. */
const BEYOND: [keyof Assumptions, string][] = [
  ["expiryIsFinal", "A subscription that comes of an expired session"],
  ["listIsCurrent", "A subscription that appears in the list half a minute late"],
];

for (const [assumption, what] of BEYOND) {
  Deno.test(`${what} violates the assumption ${assumption} and leads to two live subscriptions`, () => {
    const rules: Rules = { assumptions: { ...ASSUMPTIONS, [assumption]: false } };
    assert(searchSchedules(1, ENOUGH, rules, "atMostOneLivePerSlot"), `${ENOUGH} schedules keep the invariant`);
  });
}

Deno.test("A schedule of the checkout protocol, run twice with one seed, has the same trace", () => {
  const rules = { guards: without("handOutIsCompareAndSet") };
  const found = searchSchedules(1, ENOUGH, rules);
  assert(found !== undefined);
  assertEquals(traceSchedule(found.seed, rules), traceSchedule(found.seed, rules));
});

Deno.test("The README's tables list every step of the checkout protocol as the model does", async () => {
  const rows = await readTableRows(new URL("README.md", import.meta.url));
  const header = ["Guard", "Invariant violated without it", "How"];
  const expected = [
    header,
    ...namesOf(GUARDS).map((guard) => [guard, ...GUARDS[guard]]),
    header,
    ...namesOf(DUPLICATE_GUARDS).map((guard) => [guard, ...DUPLICATE_GUARDS[guard]]),
    ["Step", "What it is for"],
    ...namesOf(REDUNDANT).map((step) => [step, REDUNDANT[step]]),
  ];
  assertEquals(rows.filter(([first]) => !first!.startsWith("-")), expected);
});
