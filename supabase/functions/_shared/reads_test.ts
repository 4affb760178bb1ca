import { assertEquals, assertRejects } from "@std/assert";
import { countRead, handOverReads, hasReads, type ReadCounts, readPurpose, readsFor } from "./reads.ts";

const handedOver = () => handOverReads((reads?: ReadCounts) => Promise.resolve(reads));

Deno.test("A gateway reads for the purpose that it is called for", async () => {
  const stripe = {
    purpose: (before = "") => Promise.resolve(before + readPurpose()),
    fails() {
      throw new Error("Stripe is down");
    },
  };
  const gateways = { stripe, database: 1 };
  const poll = readsFor("poll", gateways), drift = readsFor("drift", poll);
  assertEquals(await Promise.all([poll.stripe.purpose("for "), drift.stripe.purpose(), stripe.purpose()]), [
    "for poll",
    "poll",
    "other",
  ]);
  await assertRejects(async () => await poll.stripe.fails());
  assertEquals([readPurpose(), poll.database], ["other", 1]);
});

Deno.test("Reads are handed over once, and kept when the call fails", async () => {
  countRead("poll");
  await assertRejects(() => handOverReads(() => Promise.reject(new Error("The database is down"))));
  countRead("poll");
  countRead("drift");
  assertEquals(hasReads(), true);
  assertEquals(await handedOver(), { poll: 2, drift: 1 });
  assertEquals([await handedOver(), hasReads()], [undefined, false]);
});
