import { assertEquals } from "@std/assert";
import { readProblems } from "./answers.ts";

/** Sends invalid values of the fields that all lists have. */
export async function testBadListFields(t: Deno.TestContext, call: (query: string) => Promise<Response>) {
  await t.step("a limit that is not a whole number from 1 to 100 answers 400 and names the field", async () => {
    for (
      const limit of ["0", "101", "-1", "abc", "1.5", "1e1", "", "%201", "1%20", "0x1", "%2B1", "999999999999", "NaN"]
    ) {
      assertEquals(await readProblems(await call(`?limit=${limit}`)), ["limit"], limit);
    }
  });

  await t.step("a field that is sent twice answers 400 and names the field", async () => {
    const query = "?limit=1&limit=2&active=true&active=true&starting_after=a&starting_after=a";
    assertEquals((await readProblems(await call(query))).sort(), ["active", "limit", "starting_after"]);
  });

  await t.step("a cursor that is not in the list answers 400 and names the field", async () => {
    const unknown = [
      "",
      "prod_unknown",
      "price_unknown",
      "x".repeat(255),
      "x".repeat(256),
      "%00",
      "%FF",
      "'%20or%201=1",
    ];
    for (const cursor of unknown) {
      assertEquals(await readProblems(await call(`?starting_after=${cursor}`)), ["starting_after"], cursor);
    }
  });

  await t.step("an active that is neither true nor false answers 400 and names the field", async () => {
    for (const active of ["", "yes", "1", "TRUE", "null"]) {
      assertEquals(await readProblems(await call(`?active=${active}`)), ["active"], active);
    }
  });
}
