import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../../lib/environment.ts";
import { startTestStack, type TestStack } from "../../testing/test_stack.ts";
import { report } from "../doctor.ts";
import { localDoctorTarget } from "../targets.ts";
import { checkDepartures } from "./departures.ts";

async function run(stack: TestStack, variables: Record<string, string> = {}) {
  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  const found = checkDepartures({ ...target, variables: { ...target.variables, ...variables } });
  return report(await found.finally(() => target.database.close()));
}

Deno.test("checkDepartures reports a missing secret, deleted owners that are billed, and payers that Clerk lacks", async () => {
  await using stack = await startTestStack();
  assertEquals(await run(stack), "ok     Departures: no owner that was deleted at Clerk is billed");
  assertStringIncludes(
    await run(stack, { CLERK_WEBHOOK_SIGNING_SECRET: "" }),
    "note   Departures: CLERK_WEBHOOK_SIGNING_SECRET is not set",
  );

  await stack.sql("select confirm_account('acct_1LocalStripe00000', 'test_1')");
  for (const name of ["gone", "lost"]) {
    await stack.sql(`insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id)
      values ('user_${name}', 'cus_${name}')`);
    await stack.sql(`select record_objects(draw_ticket('test_1'), '[{"id": "sub_${name}", "object": "subscription",
      "customer": "cus_${name}", "status": "active", "cancel_at_period_end": false, "created": 1}]', 'test_1')`);
  }
  await stack.sql("select close_checkouts('user_gone', 'test_1')");
  await stack.sql(`select record_payers('{user_lost}', '{user_lost}', 'test_1')`);
  const text = await run(stack);
  assertStringIncludes(text, "WRONG  Departures: 1 subscriptions of deleted owners do not end, first of user_gone");
  assertStringIncludes(text, "WRONG  Departures: Clerk does not have 1 owners who pay, first user_lost");
  assertStringIncludes(await run(stack, { CLERK_USER_DELETED: "keep" }), "note   Departures: 1 subscriptions");
});
