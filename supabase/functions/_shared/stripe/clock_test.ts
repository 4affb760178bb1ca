import { assert, assertEquals } from "@std/assert";
import { fetchAndNoteTime, stripeTime } from "./clock.ts";

Deno.test("stripeTime follows the date of Stripe's latest answer, and ignores an answer without one", async () => {
  const dates = ["Tue, 01 Jan 2030 00:00:00 GMT", "soon", undefined];
  const { fetch } = globalThis;
  globalThis.fetch = () => {
    const date = dates.shift();
    return Promise.resolve(new Response("{}", { headers: date === undefined ? {} : { date } }));
  };
  try {
    const known = Date.parse("2030-01-01T00:00:00Z") / 1_000;
    for (let answers = dates.length; answers > 0; answers--) {
      assertEquals(await (await fetchAndNoteTime("http://stripe.invalid")).text(), "{}");
      const ahead = stripeTime() - known;
      assert(ahead >= 0 && ahead < 60, `${ahead} s`);
    }
  } finally {
    globalThis.fetch = fetch;
  }
});
