/** LOG_SUCCESS: which log lines are written. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Health } from "../_shared/contract/health.ts";
import { isSelected } from "../_shared/log.ts";
import { readAnswer, readError } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { findLine, readLog } from "./log_lines.ts";
import { type Stack, startStack } from "./stack.ts";

/** Calls an endpoint with success. @returns the request ids */
async function succeed(stack: Stack, calls: number): Promise<string[]> {
  const ids = [];
  for (let n = 0; n < calls; n++) {
    const response = await stack.call("health");
    await response.body?.cancel();
    assertEquals(response.status, 200);
    ids.push(response.headers.get("x-request-id")!);
  }
  return ids;
}

/** The request ids of a function's lines, once the line of a later refusal shows that the earlier ones are there. */
async function loggedIds(stack: Stack, name: string): Promise<unknown[]> {
  const refusal = await stack.call(`${name}/sub`);
  await readError(refusal, "not_found");
  await findLine(stack, refusal);
  const id = refusal.headers.get("x-request-id");
  return (await readLog(stack)).filter((line) => line.function === name && line.request_id !== id)
    .map((line) => line.request_id);
}

Deno.test("LOG_SUCCESS=0 writes no line of a success, and every refusal, error and warning", async () => {
  await using stack = await startStack({ LOG_SUCCESS: "0" });
  await succeed(stack, 5);
  assertEquals(await loggedIds(stack, "health"), []);

  // The note about an ignored event is left out too, and the warning about another version is not.
  const product = await stack.stripe.products.create({ name: "Pro" });
  for (const fields of [{ livemode: true }, { api_version: "2020-08-27" }]) {
    const response = await deliver(stack, makeEvent("product.created", product, fields));
    await response.body?.cancel();
    assertEquals(response.status, 200);
  }
  assertEquals(await loggedIds(stack, "stripe-webhook"), []);
  const notes = (await readLog(stack)).filter((line) => line.message !== undefined);
  assertEquals(notes.map(({ level }) => level), ["warn"]);
  assertStringIncludes(String(notes[0]?.message), "The webhook endpoint uses 2020-08-27");

  const refusal = await stack.call("stripe-customer", { method: "POST", token: "garbage" });
  await readError(refusal, "unauthenticated");
  assertEquals((await findLine(stack, refusal)).level, "info");
  await stack.stopDatabase();
  const failure = await stack.call("stripe-customer", { token: await stack.sign() });
  await readError(failure, "database_unavailable");
  assertEquals((await findLine(stack, failure)).level, "error");
  await stack.startDatabase();
});

Deno.test("LOG_SUCCESS=0.5 writes the lines of the successes that their request ids select", async () => {
  await using stack = await startStack({ LOG_SUCCESS: "0.5" });
  const ids = await succeed(stack, 40);
  assertEquals(await loggedIds(stack, "health"), ids.filter((id) => isSelected(id, 0.5)));
});

Deno.test("A LOG_SUCCESS that cannot be used writes every line, one warning, and health names it", async () => {
  await using stack = await startStack({ LOG_SUCCESS: "s3cret" });
  const { configured } = await readAnswer(await stack.call("health"), 200, Health);
  assertEquals(Object.entries(configured).filter(([, sound]) => !sound), [["log", false]]);
  const ids = await succeed(stack, 3);
  assertEquals((await loggedIds(stack, "health")).slice(-3), ids);
  const warnings = (await readLog(stack)).filter(({ level }) => level === "warn");
  assertEquals(warnings.length, 1);
  assertStringIncludes(JSON.stringify(warnings), "LOG_SUCCESS must be a number from 0 to 1");
  assertEquals((await stack.logs()).includes("s3cret"), false);
});
