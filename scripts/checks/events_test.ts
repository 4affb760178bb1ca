/** The events in the documentation are those of the table that the functions use. */
import { assertEquals } from "@std/assert";
import { STRIPE_EVENTS } from "../../supabase/functions/_shared/contract/stripe_events.ts";
import { read } from "./source_files.ts";

Deno.test("docs/03-api.md names every event of the table, with the object that each refers to", () => {
  const [, listed = ""] = read("docs/03-api.md").match(/<!-- events -->([^]*)<!-- \/events -->/) ?? [];
  const rows = [...listed.matchAll(/^\| `([a-z_.]+)` +\| (.+) \|$/gm)];
  const documented = rows.flatMap(([, object, events]) =>
    [...events!.matchAll(/`([a-z_.]+)`/g)].map(([, type]) => [type!, object!])
  );
  const known = Object.entries(STRIPE_EVENTS).flatMap(([type, rules]) => rules.map(({ object }) => [type, object]));
  assertEquals(documented.toSorted(), known.toSorted());
});
