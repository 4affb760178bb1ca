import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, scripted, withoutPauses } from "../../tests/gateways.ts";
import { AppError } from "../errors.ts";
import { beginStretch } from "./pace.ts";
import type { ReconcileGateways } from "./reconcile.ts";
import { reread } from "./reread.ts";

const stale = ["prod_1", "prod_2", "prod_3"].map((object_id) => ({ object: "product", object_id }));
const [one, two, three] = stale.map(({ object, object_id }) => ({ object, id: object_id }));

/** What came of each look, of three rows that are stale. */
async function rereadOf(answers: Answers): Promise<{ looks: (number | null)[]; calls: Calls }> {
  const calls: Calls = [];
  const looks: (number | null)[] = [];
  const all = { listStalest: [stale], drawTicket: [7, 8, 9], readObject: [one, two, three], ...answers };
  const gateways = { database: scripted(all, calls), stripe: scripted(all, calls) } as ReconcileGateways;
  await withoutPauses(() => reread(beginStretch(30), gateways, (drifted) => void looks.push(drifted)));
  return { looks, calls };
}

Deno.test("What is stale is read again, each under a ticket that was drawn before", async () => {
  const { looks, calls } = await rereadOf({ recordReread: [0, 1, 0] });
  assertEquals(looks, [0, 1, 0]);
  assertEquals(calls.slice(1, 4), [["drawTicket"], ["readObject", stale[0]], ["recordReread", 7, [one]]]);
});

Deno.test("A row that cannot be recorded keeps no other from its turn", async () => {
  const { looks } = await rereadOf({ recordReread: [AppError.internal(undefined, { code: "22P05" }), 0, 0] });
  assertEquals(looks, [null, 0, 0]);
});

Deno.test("An outage ends the run: the next look would fail as well", async () => {
  const readObject = [one, AppError.stripeUnavailable(undefined)];
  await assertRejects(() => rereadOf({ readObject, recordReread: [0] }), AppError, "Stripe could not be reached");
});
