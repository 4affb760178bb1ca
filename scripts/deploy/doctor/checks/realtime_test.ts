import { assertEquals } from "@std/assert";
import { environmentOf } from "../../../lib/environment.ts";
import { startTestStack, type TestStack } from "../../testing/test_stack.ts";
import { report } from "../doctor.ts";
import type { Hosted } from "../target.ts";
import { localDoctorTarget } from "../targets.ts";
import { checkRealtime } from "./realtime.ts";

async function run(stack: TestStack, hosted?: Hosted) {
  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  return report(await checkRealtime({ ...target, hosted }).finally(() => target.database.close())).split("\n");
}

/** The check only asks whether the target is a hosted project. */
const HOSTED = {} as Hosted;

Deno.test("checkRealtime says whether changes are published, and what publishes them", async () => {
  await using stack = await startTestStack();
  assertEquals((await run(stack))[1], "       → nothing to do: the local stack has no Realtime");
  const [unpublished, enable] = await run(stack, HOSTED);
  assertEquals(unpublished, "note   Realtime: stripe_changes is not published, so the client polls");
  assertEquals(
    enable,
    '       → enable Realtime in the dashboard, then run "select billing.publish_changes()" in the SQL editor',
  );

  await stack.sql("create publication supabase_realtime");
  assertEquals((await run(stack, HOSTED))[1], '       → run "select billing.publish_changes()" in the SQL editor');

  await stack.sql("select billing.publish_changes()");
  assertEquals(await run(stack, HOSTED), ["ok     Realtime: stripe_changes is published"]);
});
