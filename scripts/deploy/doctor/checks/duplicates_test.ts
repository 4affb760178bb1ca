import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../../lib/environment.ts";
import { startTestStack, type TestStack } from "../../testing/test_stack.ts";
import { report } from "../doctor.ts";
import { localDoctorTarget } from "../targets.ts";
import { checkDuplicates } from "./duplicates.ts";

async function run(stack: TestStack, variables: Record<string, string> = {}) {
  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  const found = checkDuplicates({ ...target, variables: { ...target.variables, ...variables } });
  return report(await found.finally(() => target.database.close()));
}

Deno.test("checkDuplicates reports two live subscriptions in one slot, and those that are left to the operator", async () => {
  await using stack = await startTestStack();
  assertEquals(await run(stack), "ok     Duplicates: no owner has two live subscriptions in one slot");

  await stack.sql("select confirm_account('acct_1LocalStripe00000', 'test_1')");
  await stack.sql(
    `insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_two', 'cus_two')`,
  );
  for (const name of ["a", "b"]) {
    await stack.sql(`select record_objects(draw_ticket('test_1'), '[{"id": "sub_${name}", "object": "subscription",
      "customer": "cus_two", "status": "active", "created": 1,
      "items": {"data": [{"price": {"product": "prod_${name}"}}]}}]', 'test_1')`);
  }
  assertStringIncludes(
    await run(stack),
    "WRONG  Duplicates: 1 slots have two live subscriptions or more, first of user_two",
  );
  assertStringIncludes(await run(stack), "the reconcile ends them");
  assertStringIncludes(await run(stack, { CHECKOUT_SLOT: "product" }), "ok     Duplicates");
  await stack.sql(`select enter_duplicates('{sub_b}', 'sub_a', 'user_two', 'plan:default', true, 'test_1')`);
  assertStringIncludes(await run(stack), "end one at Stripe");
});
