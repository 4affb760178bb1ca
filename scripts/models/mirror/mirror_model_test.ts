/**
 * Searches every order of transitions of the mirror protocol within small bounds, then takes random walks.
 * `PROOF_LARGE_BOUNDS` sets how many larger bounds are also searched, `PROOF_WALKS` how many walks are taken.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { countFromEnv } from "../lib/count_from_env.ts";
import { readTableRows } from "../lib/readme_tables.ts";
import { namesOf } from "../lib/switches.ts";
import { type Bounds, LARGE_BOUNDS, SMALL_BOUNDS } from "./bounds.ts";
import { GUARDS, REDUNDANT, TERMINATION, without } from "./guards.ts";
import { searchWalks, traceWalk } from "./random_walk.ts";
import { RULES } from "./rules.ts";
import { Cycle, searchAll, shortestTo } from "./search.ts";

const LARGE = countFromEnv("PROOF_LARGE_BOUNDS", 0, 0);
const WALKS = countFromEnv("PROOF_WALKS", 1_000, 1);

const format = (count: number): string =>
  count.toLocaleString("en", { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 3 });

const BOUNDS: [string, Bounds][] = [
  ...Object.entries(SMALL_BOUNDS),
  ...LARGE_BOUNDS.slice(0, LARGE).map((bounds, index): [string, Bounds] => [`large bounds ${index + 1}`, bounds]),
];

for (const [name, bounds] of BOUNDS) {
  Deno.test(`Mirror protocol, every order of transitions within ${name} keeps every invariant`, () => {
    const { states, transitions, interleavings } = searchAll(bounds, RULES);
    console.log(
      `${format(states)} states, ${format(transitions)} transitions, ${format(interleavings)} interleavings`,
    );
  });
}

Deno.test("Mirror protocol, random walks with three objects and five workers keep every invariant", () => {
  const found = searchWalks(1, WALKS);
  assert(found === undefined, found && traceWalk(found.seed));
  console.log(`${WALKS} walks, no invariant violated`);
});

for (const guard of namesOf(GUARDS)) {
  const [invariant, within, how] = GUARDS[guard];
  Deno.test(`Mirror protocol without ${guard} violates ${invariant}: ${how}`, () => {
    const trace = shortestTo(invariant, SMALL_BOUNDS[within], { ...RULES, guards: without(guard) });
    assert(trace, `Every order within ${within} keeps the invariant without it`);
    console.log(trace.join("\n"));
  });
}

for (const step of namesOf(TERMINATION)) {
  Deno.test(`Mirror protocol without ${step} may not terminate: ${TERMINATION[step]}`, () => {
    assertThrows(() => searchAll(SMALL_BOUNDS.fetches, { ...RULES, guards: without(step) }), Cycle);
  });
}

for (const step of namesOf(REDUNDANT)) {
  const [within, purpose] = REDUNDANT[step];
  Deno.test(`Mirror protocol without ${step} keeps every invariant: ${purpose}`, () => {
    const { states } = searchAll(SMALL_BOUNDS[within], { ...RULES, guards: without(step) });
    console.log(`${format(states)} states`);
  });
}

Deno.test("A read that is older than its delivered event violates the assumption and leaves the mirror wrong", () => {
  const rules = { ...RULES, assumptions: { readsAreBehind: 1 } };
  const trace = shortestTo("mirrorEqualsStripe", SMALL_BOUNDS.fetches, rules);
  assert(trace, "Every order keeps the invariant");
  console.log(trace.join("\n"));
});

Deno.test("A random walk, taken twice with one seed, has the same trace", () => {
  const rules = { ...RULES, guards: without("newestTicketWins") };
  const found = searchWalks(1, 10_000, rules);
  assert(found !== undefined);
  assertEquals(traceWalk(found.seed, rules), traceWalk(found.seed, rules));
});

Deno.test("The README's tables list every step of the mirror protocol as the model does", async () => {
  const rows = await readTableRows(new URL("README.md", import.meta.url));
  const expected = [
    ["Guard", "Invariant violated without it", "How"],
    ...namesOf(GUARDS).map((guard) => [guard, GUARDS[guard][0], GUARDS[guard][2]]),
    ["Step", "What it is for"],
    ...namesOf(TERMINATION).map((step) => [step, TERMINATION[step]]),
    ...namesOf(REDUNDANT).map((step) => [step, REDUNDANT[step][1]]),
  ];
  assertEquals(rows.filter(([first]) => !first!.startsWith("-")), expected);
});
