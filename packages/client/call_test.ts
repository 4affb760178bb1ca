import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { createBilling } from "./billing.ts";
import { BillingError, type BillingErrorCode } from "./billing_error.ts";
import type { BillingOptions } from "./call.ts";
import { fakeClock } from "./testing/fake_clock.ts";
import { type Answer, deaf, fakeServer, json, offline, refuse, SERVICES, silent } from "./testing/fake_supabase.ts";

const CUSTOMER = { customer_id: "cus_1", livemode: false, created: false };

for (const [service, fake] of Object.entries(SERVICES)) {
  /** The error of a call that gets these answers, and the number of requests. */
  const failureOf = async (answers: Answer[], options: BillingOptions = { retries: 0 }) => {
    const supabase = fake(...answers);
    const error = await createBilling(supabase, options).customer.ensure().then(
      () => undefined,
      (error: unknown) => error,
    );
    ok(BillingError.is(error), String(error));
    return { error, requests: supabase.calls.length };
  };

  Deno.test(`${service}: an error of a function has its code, message, status, request id, fields and hint`, async () => {
    const details = [{ field: "limit", message: "Give a whole number" }];
    const hint = { action: "portal", subscription: "sub_1" };
    const { error } = await failureOf([refuse(409, "already_subscribed", { "retry-after": "30" }, { details, hint })]);
    deepStrictEqual(
      [
        error.name,
        error.code,
        error.message,
        error.status,
        error.requestId,
        error.retryAfter,
        error.details,
        error.hint,
      ],
      ["BillingError", "already_subscribed", "It is already_subscribed", 409, "req_1", 30, details, hint],
    );
    ok(error.cause instanceof Error);
  });

  Deno.test(`${service}: an answer of the platform is a platform_error, whatever its body is`, async () => {
    const bodies: [number, string][] = [
      [404, '{"code":"NOT_FOUND","message":"Requested function was not found"}'],
      [401, '{"error":"invalid"}'],
      [502, "<html>"],
      [546, "null"],
      [504, ""],
    ];
    for (const [status, body] of bodies) {
      const headers = { "x-request-id": "req_2" };
      const { error } = await failureOf([() => new Response(body, { status, headers })]);
      deepStrictEqual([error.code, error.status, error.requestId], ["platform_error", status, "req_2"], body);
    }
  });

  Deno.test(`${service}: an answer of 200 that is not JSON is a platform_error`, async () => {
    const { error } = await failureOf([() => new Response("<html>", { headers: { "content-type": "text/html" } })]);
    deepStrictEqual([error.code, error.status], ["platform_error", 200]);
  });

  Deno.test(`${service}: no answer, a broken answer and none in time are network_errors`, async () => {
    for (const answer of [offline, () => new Response("{", { headers: { "content-type": "application/json" } })]) {
      deepStrictEqual((await failureOf([answer])).error.code, "network_error");
    }
    for (const answer of [silent, deaf]) {
      deepStrictEqual((await failureOf([answer], { retries: 0, timeout: 1 })).error.code, "network_error");
    }
  });

  Deno.test(`${service}: failures that may pass are repeated, and others are not`, async () => {
    const failures: [Answer, BillingErrorCode, requests: number][] = [
      [offline, "network_error", 3],
      [() => new Response("", { status: 502 }), "platform_error", 3],
      [() => new Response("", { status: 429 }), "platform_error", 3],
      [refuse(503, "customer_busy", { "retry-after": "2" }), "customer_busy", 3],
      [refuse(503, "not_configured", { "retry-after": "60" }), "not_configured", 1],
      [refuse(409, "checkout_in_progress", { "retry-after": "1" }), "checkout_in_progress", 1],
      [refuse(400, "invalid_request"), "invalid_request", 1],
      [refuse(401, "unauthenticated"), "unauthenticated", 1],
      [refuse(500, "internal"), "internal", 1],
      [() => new Response("", { status: 404 }), "platform_error", 1],
    ];
    using clock = fakeClock();
    for (const [answer, code, requests] of failures) {
      const failed = failureOf([answer], {});
      await clock.advance(10_000);
      const { error, ...rest } = await failed;
      deepStrictEqual([error.code, rest.requests], [code, requests]);
    }
  });

  Deno.test(`${service}: a repetition waits as long as Retry-After says, and longestWait limits it`, async () => {
    using clock = fakeClock();
    const busy = refuse(503, "customer_busy", { "retry-after": "7" });
    const supabase = fake(busy, json(CUSTOMER));
    const customer = createBilling(supabase).customer.ensure();
    await clock.advance(6_999);
    deepStrictEqual(supabase.calls.length, 1);
    await clock.advance(1);
    deepStrictEqual([await customer, supabase.calls.length], [CUSTOMER, 2]);
    deepStrictEqual((await failureOf([busy], { longestWait: 6_999 })).requests, 1);
  });

  Deno.test(`${service}: without Retry-After a repetition waits 0.3 to 0.6 s, and each next one twice as long`, async () => {
    using clock = fakeClock();
    const supabase = fake(offline, offline, json(CUSTOMER));
    const customer = createBilling(supabase).customer.ensure();
    await clock.advance(299);
    deepStrictEqual(supabase.calls.length, 1);
    await clock.advance(301);
    deepStrictEqual(supabase.calls.length, 2);
    await clock.advance(1_200);
    deepStrictEqual(await customer, CUSTOMER);
  });

  Deno.test(`${service}: a signal ends a call before, during and between the requests, with its reason`, async () => {
    const reason = new Error("The page was left");
    const before = fake(json(CUSTOMER));
    await rejects(createBilling(before).customer.ensure({}, { signal: AbortSignal.abort(reason) }), reason);
    deepStrictEqual(before.calls.length, 0);

    for (const answer of [silent, deaf, refuse(503, "customer_busy", { "retry-after": "5" })]) {
      const controller = new AbortController();
      const supabase = fake(answer);
      const call = createBilling(supabase).customer.ensure({}, { signal: controller.signal });
      setTimeout(() => controller.abort(reason));
      await rejects(call, reason);
      deepStrictEqual(supabase.calls.length, 1);
    }
  });

  Deno.test(`${service}: a read is a GET with its fields in the query, a change a POST with its fields in the body`, async () => {
    const supabase = fake(json({ data: [], has_more: false, next_cursor: null }));
    const billing = createBilling(supabase);
    await billing.prices.page({ lookup_key: ["a", "b c"], active: false, limit: undefined, expand: ["product"] });
    await billing.invoices.page();
    await billing.subscription.cancel({ subscription: "sub_1", for: "organization" });
    deepStrictEqual(supabase.calls.map(({ method, name, body }) => [method, name, body]), [
      ["GET", "stripe-prices?lookup_key=a&lookup_key=b+c&active=false&expand=product", undefined],
      ["GET", "stripe-invoices", undefined],
      [
        "POST",
        "stripe-subscription-update",
        { subscription: "sub_1", for: "organization", cancel_at_period_end: true },
      ],
    ]);
  });

  Deno.test(`${service}: all reads a list to its end, from the given cursor`, async () => {
    const page = (id: string, next_cursor: string | null) =>
      json({ data: [{ id }], has_more: next_cursor !== null, next_cursor });
    const supabase = fake(page("in_1", "in_1"), page("in_2", "in_2"), page("in_3", null));
    const ids = [];
    for await (const { id } of createBilling(supabase).invoices.all({ limit: 1, starting_after: "in_0" })) ids.push(id);
    deepStrictEqual(ids, ["in_1", "in_2", "in_3"]);
    deepStrictEqual(supabase.calls.map(({ name }) => name.split("?")[1]), [
      "limit=1&starting_after=in_0",
      "limit=1&starting_after=in_1",
      "limit=1&starting_after=in_2",
    ]);
  });

  Deno.test(`${service}: customer.find is null without a customer, and rejects with any other error`, async () => {
    deepStrictEqual(await createBilling(fake(refuse(404, "customer_not_found"))).customer.find(), null);
    await rejects(
      createBilling(fake(refuse(403, "forbidden"))).customer.find(),
      (error) => BillingError.is(error, "forbidden"),
    );
  });
}

Deno.test("a base URL is called with Clerk's token, and by a visitor without one", async () => {
  const server = fakeServer(json(CUSTOMER));
  await createBilling(server).customer.ensure();
  for (const getToken of [undefined, () => Promise.resolve(null), () => Promise.resolve(undefined)]) {
    await createBilling({ ...server, getToken }).customer.ensure();
  }
  deepStrictEqual(server.tokens, ["Bearer token_of_ada", null, null, null]);
  deepStrictEqual(new Set(server.calls.map(({ name }) => name)), new Set(["stripe-customer"]));
});

Deno.test("a token that cannot be had is a network_error, and no request is made", async () => {
  const server = fakeServer(json(CUSTOMER));
  const getToken = () => Promise.reject(new Error("Clerk is offline"));
  await rejects(
    createBilling({ ...server, getToken }, { retries: 0 }).customer.ensure(),
    (error) => BillingError.is(error, "network_error"),
  );
  deepStrictEqual(server.calls, []);
});

Deno.test("BillingError.is knows the codes, and an error of another copy of the package", () => {
  const error = new BillingError({ code: "forbidden", message: "No" });
  const copied = Object.assign(new Error("No"), { name: "BillingError", code: "forbidden" });
  for (const one of [error, copied]) {
    deepStrictEqual(
      [BillingError.is(one), BillingError.is(one, "internal", "forbidden"), BillingError.is(one, "internal")],
      [true, true, false],
    );
  }
  for (const other of [new Error("No"), null, { name: "BillingError", code: "forbidden" }]) {
    deepStrictEqual(BillingError.is(other), false);
  }
});
