/**
 * The protocol of tickets, searched through every order of everything that may happen, then on random walks.
 * `PROOF_HALLS` says how many of the larger rooms are searched, too, `PROOF_WALKS` how many walks are taken.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ENDING, type Guard, GUARDS, SPARE, without } from "./guards.ts";
import { HALLS, type Room, ROOMS } from "./rooms.ts";
import { RULES } from "./rules.ts";
import { Endless, searchAll, shortestTo } from "./search.ts";
import { searchWalks, writeWalkDown } from "./walk.ts";

function countFrom(variable: string, standard: number): number {
  const text = Deno.env.get(variable) ?? `${standard}`;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${variable} is no number: "${text}"`);
  return count;
}

const inWords = (count: number): string =>
  count.toLocaleString("en", { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 3 });

for (const room of Object.keys(ROOMS) as Room[]) {
  Deno.test(`The mirror converges in every order of everything: ${room}`, () => {
    const { states, steps, interleavings } = searchAll(ROOMS[room], RULES);
    console.log(`${inWords(states)} states, ${inWords(steps)} steps, ${inWords(interleavings)} interleavings`);
  });
}

for (const [place, hall] of HALLS.slice(0, countFrom("PROOF_HALLS", 0)).entries()) {
  Deno.test(`The mirror converges in every order of everything: hall ${place + 1}`, () => {
    const { states, steps, interleavings } = searchAll(hall, RULES);
    console.log(`${inWords(states)} states, ${inWords(steps)} steps, ${inWords(interleavings)} interleavings`);
  });
}

Deno.test("The mirror converges on random walks among three objects", () => {
  const count = countFrom("PROOF_WALKS", 1_000);
  const found = searchWalks(1, count);
  assert(found === undefined, found && writeWalkDown(found.seed));
  console.log(`${count} walks, and every promise kept on each`);
});

for (const guard of Object.keys(GUARDS) as Guard[]) {
  const [promise, room, tale] = GUARDS[guard];
  Deno.test(`Without ${guard}: ${tale}`, () => {
    const story = shortestTo(promise, ROOMS[room], { ...RULES, guards: without(guard) });
    assert(story, `Every order of ${room} does without it`);
    console.log(story.join("\n"));
  });
}

for (const guard of Object.keys(ENDING) as (keyof typeof ENDING)[]) {
  Deno.test(`Without ${guard} there may be no end: ${ENDING[guard]}`, () => {
    assertThrows(() => searchAll(ROOMS.looks, { ...RULES, guards: without(guard) }), Endless);
  });
}

for (const step of Object.keys(SPARE) as (keyof typeof SPARE)[]) {
  const [room, tale] = SPARE[step];
  Deno.test(`Without ${step} every promise is kept: ${tale}`, () => {
    const { states } = searchAll(ROOMS[room], { ...RULES, guards: without(step) });
    console.log(`${inWords(states)} states`);
  });
}

Deno.test("A read that is behind the event that was delivered is more than the protocol bears", () => {
  const story = shortestTo("mirrorIsStripes", ROOMS.looks, { ...RULES, assumptions: { readsAreBehind: 1 } });
  assert(story, "Every order bears it");
  console.log(story.join("\n"));
});

Deno.test("A seed names its walk completely", () => {
  const rules = { ...RULES, guards: without("newestTicketWins") };
  const found = searchWalks(1, 10_000, rules);
  assert(found !== undefined);
  assertEquals(writeWalkDown(found.seed, rules), writeWalkDown(found.seed, rules));
});
