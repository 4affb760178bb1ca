/** The protocol of section "one customer", searched over seeded schedules. `PROOF_SCHEDULES` says how many. */
import { assert, assertEquals } from "@std/assert";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { type Guard, GUARDS, SPARE, without } from "./guards.ts";
import type { Rules } from "./schedule.ts";
import { searchSchedules, writeDown } from "./search.ts";

/** Every loss is found far sooner; the number only bounds a search that is in vain. */
const ENOUGH = 300_000;

function scheduleCount(): number {
  const text = Deno.env.get("PROOF_SCHEDULES") ?? "100000";
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Error(`PROOF_SCHEDULES is no number of schedules: "${text}"`);
  }
  return count;
}

Deno.test("One user has one customer, whatever happens in whatever order", () => {
  const count = scheduleCount();
  const found = searchSchedules(1, count);
  assert(found === undefined, found && writeDown(found.seed));
  console.log(`${count} schedules, and every promise kept in each`);
});

for (const guard of Object.keys(GUARDS) as Guard[]) {
  const [promise, tale] = GUARDS[guard];
  Deno.test(`Without ${guard}: ${tale}`, () => {
    assert(searchSchedules(1, ENOUGH, { guards: without(guard) }, promise), `${ENOUGH} schedules do without it`);
  });
}

for (const step of Object.keys(SPARE) as (keyof typeof SPARE)[]) {
  Deno.test(`Without ${step} every promise is kept: ${SPARE[step]}`, () => {
    const guards = without(step);
    const found = searchSchedules(1, Math.ceil(scheduleCount() / 20), { guards });
    assert(found === undefined, found && writeDown(found.seed, { guards }));
  });
}

/** Beyond what each assumption grants. */
const BEYOND: [keyof Assumptions, number, string][] = [
  ["underWay", 120, "A creation that takes effect two minutes after it was sent"],
  ["clocksDiffer", 600, "A clock at Stripe that is ten minutes off"],
  ["keysRemembered", 600, "A key that is forgotten after ten minutes"],
];

for (const [assumption, seconds, what] of BEYOND) {
  Deno.test(`${what} is more than the protocol bears`, () => {
    const rules: Rules = { assumptions: { ...ASSUMPTIONS, [assumption]: seconds } };
    assert(searchSchedules(1, ENOUGH, rules, "oneLives"), `${ENOUGH} schedules bear it`);
  });
}

Deno.test("A seed names its schedule completely", () => {
  const guards = without("renewIsCompareAndSet");
  const found = searchSchedules(1, ENOUGH, { guards });
  assert(found !== undefined);
  assertEquals(writeDown(found.seed, { guards }), writeDown(found.seed, { guards }));
});
