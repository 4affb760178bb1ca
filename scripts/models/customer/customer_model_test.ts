/** Searches seeded schedules of the customer protocol. `PROOF_SCHEDULES` sets how many, for each set of owners. */
import { assert, assertEquals } from "@std/assert";
import { countFromEnv } from "../lib/count_from_env.ts";
import { readTableRows } from "../lib/readme_tables.ts";
import { noteIfRare } from "../lib/seeds.ts";
import { namesOf } from "../lib/switches.ts";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { GUARDS, REDUNDANT, without } from "./guards.ts";
import { firstSeed } from "./known_seeds.ts";
import { OWNERS, type Owners } from "./owners.ts";
import { type Rules, searchSchedules, traceSchedule } from "./schedule.ts";

/** Limits a search that finds nothing; every violation is found sooner. */
const ENOUGH = 300_000;

const SCHEDULES = countFromEnv("PROOF_SCHEDULES", 100_000, 1);

const ASKED_FOR: Record<Owners, string> = {
  user: "a user",
  organization: "an organization",
  both: "a user and an organization, with rebuilds of the mapping,",
};

for (const owners of namesOf<Owners>(OWNERS)) {
  Deno.test(`Customer protocol, random schedules for ${ASKED_FOR[owners]} keep every invariant`, () => {
    const found = searchSchedules(1, SCHEDULES, { owners });
    assert(found === undefined, found && traceSchedule(found.seed, { owners }));
    console.log(`${SCHEDULES} schedules, no invariant violated`);
  });
}

for (const guard of namesOf(GUARDS)) {
  const [invariant, kinds, how] = GUARDS[guard];
  for (const owners of kinds) {
    Deno.test(`Customer protocol without ${guard} (${owners}) violates ${invariant}: ${how}`, () => {
      const first = firstSeed(guard, owners);
      const found = searchSchedules(first, ENOUGH, { owners, guards: without(guard) }, invariant);
      assert(found, `${ENOUGH} schedules keep the invariant without it`);
      noteIfRare(first, found);
    });
  }
}

for (const step of namesOf(REDUNDANT)) {
  for (const owners of namesOf<Owners>(OWNERS)) {
    Deno.test(`Customer protocol without ${step} (${owners}) keeps every invariant: ${REDUNDANT[step]}`, () => {
      const rules = { owners, guards: without(step) };
      const found = searchSchedules(1, Math.ceil(SCHEDULES / 20), rules);
      assert(found === undefined, found && traceSchedule(found.seed, rules));
    });
  }
}

/** More than each assumption allows. */
const BEYOND: [keyof Assumptions, number, string][] = [
  ["requestDuration", 120, "A creation that takes effect two minutes after it was sent"],
  ["clockDifference", 600, "A difference of ten minutes between Stripe's clock and the database's"],
  ["keyRetention", 600, "An idempotency key that Stripe removes after ten minutes"],
];

for (const [assumption, seconds, what] of BEYOND) {
  Deno.test(`${what} violates the assumption ${assumption} and leads to two customers`, () => {
    const rules: Rules = { assumptions: { ...ASSUMPTIONS, [assumption]: seconds } };
    assert(searchSchedules(1, ENOUGH, rules, "atMostOneLivingCustomer"), `${ENOUGH} schedules have one customer`);
  });
}

Deno.test("A schedule, run twice with one seed, has the same trace", () => {
  const rules = { guards: without("renewalIsCompareAndSet") };
  const found = searchSchedules(firstSeed("renewalIsCompareAndSet", "user"), ENOUGH, rules);
  assert(found !== undefined);
  assertEquals(traceSchedule(found.seed, rules), traceSchedule(found.seed, rules));
});

Deno.test("The README's tables list every step of the customer protocol as the model does", async () => {
  const rows = await readTableRows(new URL("README.md", import.meta.url));
  const expected = [
    ["Guard", "Invariant violated without it", "How"],
    ...namesOf(GUARDS).map((guard) => [guard, GUARDS[guard][0], GUARDS[guard][2]]),
    ["Step", "What it is for"],
    ...namesOf(REDUNDANT).map((step) => [step, REDUNDANT[step]]),
  ];
  assertEquals(rows.filter(([first]) => !first!.startsWith("-")), expected);
});
