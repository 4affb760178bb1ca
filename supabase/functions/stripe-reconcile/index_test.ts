import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { Backfilled, Busy, Run, Started } from "../_shared/contract/reconcile.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { findLine, findReason } from "../tests/log_lines.ts";
import { callReconcile, makePollDue } from "../tests/reconcile_run.ts";
import { startStack } from "../tests/stack.ts";
import { until } from "../tests/until.ts";

Deno.test("stripe-reconcile", async (t) => {
  await using stack = await startStack();

  await t.step("trap 30: POST answers 401 without the secret", async () => {
    const ada = await stack.signIn("ada");
    const { reconcile_secret: secret, secret_key, publishable_key, stripe_restricted_key } = stack;
    const wrong = ["", secret.slice(0, -1), `${secret}0`, secret.toUpperCase(), ada, secret_key, stripe_restricted_key];
    for (const token of [...wrong, publishable_key, "x".repeat(5_000)]) {
      await readError(await callReconcile(stack, {}, token), "unauthenticated");
    }
    for (const authorization of [`Basic ${btoa(secret)}`, secret, `Bearer`, `Bearer ${secret} ${secret}`]) {
      const response = await stack.call("stripe-reconcile", { method: "POST", headers: { authorization } });
      await readError(response, "unauthenticated");
    }
    await readError(
      await stack.call("stripe-reconcile", { method: "POST", headers: { apikey: secret } }),
      "unauthenticated",
    );
    const response = await stack.call(`stripe-reconcile?secret=${secret}`, { method: "POST" });
    await readError(response, "unauthenticated");
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("POST without wait answers 202 started at once, and the run ends behind the answer", async () => {
    await stack.fault({ path: "/v1/events", latency_ms: 2_500 });
    await stack.forgetStripeRequests();
    const begun = performance.now();
    for (const body of [{}, { wait: false }, undefined]) {
      const options = { method: "POST", token: stack.reconcile_secret, body };
      const response = await stack.call("stripe-reconcile", options);
      const started = body !== undefined && !("wait" in body);
      const { state } = await readAnswer(response, started ? 202 : 200, Started);
      assertEquals(state, started ? "started" : "busy");
    }
    assertLess(performance.now() - begun, 2_500);
    const idle = () => stack.sql`select from billing.jobs where name = 'reconcile' and lease_until <= now()`;
    assertEquals((await idle()).length, 0);
    await until(async () => (await idle()).length === 1);
    const [{ polled_to } = {}] = await stack.sql`select polled_to from billing.reconcile`;
    assert(polled_to !== null);
  });

  await t.step("POST without wait logs the failure of the run behind its answer", async () => {
    await makePollDue(stack);
    await stack.fault({ path: "/v1/events", kind: "500", times: 3 });
    const response = await callReconcile(stack, {});
    assertEquals((await readAnswer(response, 202, Started)).state, "started");
    await until(async () => (await stack.logs()).includes("A reconcile run failed"));
    assertEquals((await readAnswer(await callReconcile(stack), 200, Run)).state, "done");
  });

  await t.step("POST answers done when there is nothing to do", async () => {
    const response = await callReconcile(stack);
    const { backfill_due, ...run } = await readAnswer(response, 200, Run);
    const nothing = { found: 0, processed: 0, failed: 0, refetched: 0, drifted: 0, pruned: 0, pending: 0, dead: 0 };
    assertEquals(run, { state: "done", ...nothing });
    assertEquals(backfill_due, true);
    const { caller } = await findLine(stack, response);
    assertEquals(caller, "scheduler");
  });

  await t.step("POST answers busy while another run holds the lease", async () => {
    await makePollDue(stack);
    await stack.fault({ path: "/v1/events", latency_ms: 1_500 });
    await stack.forgetStripeRequests();
    const first = callReconcile(stack);
    await until(async () => (await stack.stripeRequests()).includes("GET /v1/events"));
    assertEquals((await readAnswer(await callReconcile(stack), 200, Busy)).state, "busy");
    assertEquals((await readAnswer(await first, 200, Run)).state, "done");
  });

  await t.step("POST answers done after a run that failed, because the failed run released its lease", async () => {
    await makePollDue(stack);
    await stack.fault({ path: "/v1/events", kind: "500", times: 3 });
    await readError(await callReconcile(stack), "stripe_unavailable");
    assertEquals((await readAnswer(await callReconcile(stack), 200, Run)).state, "done");
  });

  await t.step("POST with backfill answers done once everything is recorded, and restart begins again", async () => {
    const { state, counts } = await readAnswer(await callReconcile(stack, { backfill: true }), 200, Backfilled);
    assertEquals([state, counts.customer], ["done", 0]);
    assertEquals((await readAnswer(await callReconcile(stack), 200, Run)).backfill_due, false);
    const restarted = await readAnswer(await callReconcile(stack, { backfill: "restart" }), 200, Backfilled);
    assertEquals(restarted.state, "done");
  });

  await t.step("POST refuses other fields, values and bodies, and the endpoint other methods", async () => {
    assertEquals(await readProblems(await callReconcile(stack, { colour: "red" })), ["colour"]);
    for (const backfill of ["", "yes", 1, null]) {
      assertEquals(await readProblems(await callReconcile(stack, { backfill })), ["backfill"]);
    }
    for (const wait of ["", "true", 1, null]) {
      assertEquals(await readProblems(await callReconcile(stack, { wait })), ["wait"]);
    }
    assertEquals(await readProblems(await callReconcile(stack, "[]")), [""]);
    for (const method of ["GET", "PUT", "DELETE"]) {
      await readError(
        await stack.call("stripe-reconcile", { method, token: stack.reconcile_secret }),
        "method_not_allowed",
      );
    }
  });

  await testEveryEndpoint(t, stack, {
    name: "stripe-reconcile",
    methods: ["POST"],
    token: stack.reconcile_secret,
    caller: "scheduler",
  });

  await t.step("no log line contains the secret", async () => {
    assertEquals((await stack.logs()).includes(stack.reconcile_secret), false);
  });
});

Deno.test("stripe-reconcile answers not_configured while the secret is missing or malformed", async () => {
  for (const RECONCILE_SECRET of [null, "", "0123456789", "x".repeat(31), "has spaces in it, which none may have"]) {
    await using stack = await startStack({ RECONCILE_SECRET });
    const response = await callReconcile(stack, {}, RECONCILE_SECRET ?? "");
    await readError(response, "not_configured");
    assertMatch(await findReason(stack, response), /^RECONCILE_SECRET /);
  }
});
