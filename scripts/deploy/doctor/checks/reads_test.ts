import { assertEquals } from "@std/assert";
import { environmentOf } from "../../../lib/environment.ts";
import { startTestStack } from "../../testing/test_stack.ts";
import { report } from "../doctor.ts";
import { localDoctorTarget } from "../targets.ts";
import { checkReads } from "./reads.ts";

Deno.test("checkReads compares the reads of 30 days with the allowance, and names scheduled work over a third", async () => {
  await using stack = await startTestStack();
  await stack.sql("select confirm_account('acct_1LocalStripe00000', 'test_1')");
  const run = async () => {
    const target = localDoctorTarget(stack, environmentOf({}, "the test"));
    return report(await checkReads(target).finally(() => target.database.close()));
  };
  const read = (reads: object) => stack.sql(`select record_reads('${JSON.stringify(reads)}', 'test_1')`);
  const next = `\n       → find the purpose with "select * from billing.reads"`;
  await read({ event: 20, poll: 3_000, drift: 333 });
  assertEquals(
    await run(),
    "ok     Reads: 3353 of 10000 that Stripe allows in 30 days, 3333 of them by scheduled work",
  );
  await read({ catalog: 1 });
  assertEquals(
    await run(),
    `note   Reads: 3354 of 10000 that Stripe allows in 30 days, 3334 of them by scheduled work: more than a third${next}`,
  );
  await read({ backfill: 7_000 });
  assertEquals(
    await run(),
    `note   Reads: 10354 of 10000 that Stripe allows in 30 days, 3334 of them by scheduled work: more than is allowed${next}`,
  );
});
