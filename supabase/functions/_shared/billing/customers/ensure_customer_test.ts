import { assertEquals, assertGreater, assertLessOrEqual, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { until } from "../../../tests/until.ts";
import type { Owner } from "../../contract/owner.ts";
import { AppError } from "../../errors.ts";
import { type CustomerGateways, ensureCustomer } from "./ensure_customer.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");

const USER = { id: "user_ada", claims: {} };
const ADA: Owner = { id: "user_ada", kind: "user" };
const ACME: Owner = { id: "org_acme", kind: "organization" };
const IDENTITY = { owner: ADA, deployment_id: "d-1" };
const PROFILE = { email: "ada@example.com", name: "Ada" };
const CREATE = { step: "create", generation: 1, deployment_id: "d-1", ticket: 7 };
const LOOKUP = { ...CREATE, step: "lookup", created_from: 1_000, created_to: 2_000 };
const RENEWED = { ...CREATE, generation: 2, ticket: 8 };
/** Another caller's lease of thirty seconds, which has just begun. */
const WAIT = { step: "wait", retry_after: 31 };
const CUSTOMER = { id: "cus_1", object: "customer" };
const DESCRIBED = { ...CUSTOMER, ...PROFILE };
const TOMBSTONE = { ...CUSTOMER, deleted: true };
const FRESH = { object: CUSTOMER, fresh: true };
const REPLAYED = { object: CUSTOMER, fresh: false };
const FOUND = { customer: REPLAYED, last: null };
const NONE = { customer: null, last: null };
const WON = { customer_id: "cus_1", won: true };

/** Calls it with gateways that give these answers; profile and description are answered by default. */
function ensure(answers: Answers, owner = ADA) {
  passTime();
  const calls: Calls = [];
  const all = {
    readProfile: [PROFILE],
    describeCustomer: [DESCRIBED],
    ...answers,
  };
  const gateways: CustomerGateways = {
    clerk: scripted(all, calls),
    database: scripted(all, calls),
    stripe: scripted(all, calls),
  };
  return {
    customer: ensureCustomer(owner, USER, gateways),
    calls,
    names: () => calls.map(([name]) => name),
    argumentsOf: (wanted: string) => calls.filter(([name]) => name === wanted).map(([, ...args]) => args),
  };
}

/** An error of Stripe's SDK, as the gateway translates it. */
const stripeError = (type: string, code?: string) =>
  AppError.stripeUnavailable(Object.assign(new Error(), { type, code }));

/** An answer that arrives after the end of the lease. */
function late<Answer>(answer: Answer) {
  return () => {
    passTime(30_000);
    return answer;
  };
}

async function rejected(customer: Promise<unknown>, code: string): Promise<AppError> {
  const error = await assertRejects(() => customer, AppError);
  assertEquals(error.code, code);
  return error;
}

Deno.test("A known customer takes one database call and no request to Stripe", async () => {
  const { customer, calls } = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_1", stale: false }] });
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: false });
  assertEquals(calls, [["claimCustomer", "user_ada"]]);
});

Deno.test("A stale customer is answered at once and refreshed in the background", async () => {
  const reading = Promise.withResolvers();
  const { customer, names } = ensure({
    claimCustomer: [{ step: "known", customer_id: "cus_1", stale: true }],
    drawTicket: [9],
    readCustomer: [() => reading.promise],
    recordObjects: [undefined],
  });
  assertEquals((await customer).customer_id, "cus_1");
  reading.resolve(DESCRIBED);
  await until(() => names().includes("recordObjects"));
  assertEquals(names(), ["claimCustomer", "drawTicket", "readCustomer", "recordObjects"]);
});

Deno.test("A stale customer is answered even if its refresh fails", async () => {
  const { customer } = ensure({
    claimCustomer: [{ step: "known", customer_id: "cus_1", stale: true }],
    drawTicket: [AppError.databaseUnavailable(new Error())],
  });
  assertEquals((await customer).customer_id, "cus_1");
});

Deno.test("The first caller creates the customer after its claim, under the generation's key and within the lease", async () => {
  const started = performance.now();
  const { customer, calls, names, argumentsOf } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [WON],
  });
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: true });
  assertEquals(names().slice(0, 2), ["claimCustomer", "readProfile"]);
  assertEquals(names().slice(2), ["createCustomer", "describeCustomer", "completeCustomer"]);

  const [, identity, { idempotencyKey, deadline }] = calls[2] as [
    string,
    unknown,
    { idempotencyKey: string; deadline: number },
  ];
  assertEquals([identity, idempotencyKey], [IDENTITY, "customer:d-1:user_ada:1"]);
  assertEquals(argumentsOf("describeCustomer"), [["cus_1", PROFILE]]);
  assertGreater(deadline, started);
  assertLessOrEqual(deadline, performance.now() + 25_000);
  const [[ownerId, lease, completed]] = argumentsOf("completeCustomer") as [[string, typeof CREATE, unknown]];
  assertEquals([ownerId, lease.generation, lease.ticket, completed], ["user_ada", 1, 7, DESCRIBED]);
});

for (
  const [what, described] of [
    ["refuses every field of the profile", undefined],
    ["is unavailable for the description", AppError.stripeUnavailable(new Error())],
    ["limits the rate of the description", stripeError("StripeRateLimitError")],
  ] as const
) {
  Deno.test(`When Stripe ${what} the customer is completed without it, in the same generation`, async () => {
    const { customer, names, argumentsOf } = ensure({
      claimCustomer: [CREATE],
      createCustomer: [FRESH],
      describeCustomer: [described],
      completeCustomer: [WON],
    });
    assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: true });
    assertEquals(names().slice(2), ["createCustomer", "describeCustomer", "completeCustomer"]);
    assertEquals(argumentsOf("completeCustomer")[0]![2], CUSTOMER);
  });
}

Deno.test("An owner without a profile gets a customer without a description", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    readProfile: [{}],
    createCustomer: [FRESH],
    completeCustomer: [WON],
  });
  await customer;
  assertEquals(names().slice(2), ["createCustomer", "completeCustomer"]);
});

Deno.test("A waiting caller gets the customer that another caller created", async () => {
  const { customer, names } = ensure({
    claimCustomer: [WAIT, WAIT, { step: "known", customer_id: "cus_1", stale: false }],
  });
  assertEquals((await customer).created, false);
  assertEquals(names(), Array(3).fill("claimCustomer"));
});

Deno.test("A waiting caller creates the customer once it holds the lease", async () => {
  const { customer } = ensure({ claimCustomer: [WAIT, CREATE], createCustomer: [FRESH], completeCustomer: [WON] });
  assertEquals((await customer).created, true);
});

Deno.test("A caller that waits too long gets customer_busy, without any request to Stripe", async () => {
  const { headers, names } = await withoutPauses(async () => {
    const { customer, names } = ensure({ claimCustomer: Array(50).fill(WAIT) });
    return { ...await rejected(customer, "customer_busy"), names };
  });
  assertEquals(headers, { "retry-after": "31" });
  assertEquals(new Set(names()), new Set(["claimCustomer"]));
  assertLessOrEqual(names().length, 10);
});

Deno.test("A caller gets customer_busy at once while an inconclusive failure is too recent", async () => {
  const { customer, names } = ensure({ claimCustomer: [{ step: "wait", retry_after: 60 }] });
  assertEquals((await rejected(customer, "customer_busy")).headers, { "retry-after": "60" });
  assertEquals(names(), ["claimCustomer"]);
});

Deno.test("Concurrent callers share one claim, and one of them created the customer", async () => {
  const first = ensure({ claimCustomer: [CREATE], createCustomer: [FRESH], completeCustomer: [WON] });
  const others = Array.from({ length: 9 }, () => ensure({}));
  assertEquals((await first.customer).created, true);
  for (const { customer, calls } of others) {
    assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: false });
    assertEquals(calls, []);
  }
});

Deno.test("Concurrent callers share a failure, and the next caller claims again", async () => {
  const away = AppError.databaseUnavailable(new Error());
  const callers = [ensure({ claimCustomer: [away] }), ensure({})];
  for (const { customer } of callers) await rejected(customer, "database_unavailable");
  const { customer } = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_1", stale: false }] });
  assertEquals((await customer).customer_id, "cus_1");
});

Deno.test("A lookup adopts the customer found in the claim's window after reading and describing it", async () => {
  const { customer, names, argumentsOf } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [FOUND],
    readCustomer: [CUSTOMER],
    completeCustomer: [WON],
  });
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: true });
  assertEquals(argumentsOf("findCustomer"), [[IDENTITY, { gte: 1_000, lte: 2_000 }, undefined]]);
  assertEquals(argumentsOf("describeCustomer"), [["cus_1", PROFILE]]);
  assertEquals(argumentsOf("completeCustomer")[0]![2], DESCRIBED);
  assertEquals(names().includes("createCustomer"), false);
});

Deno.test("A lookup without a result begins the next generation, with another key", async () => {
  const { customer, names, argumentsOf } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [NONE],
    renewCustomer: [RENEWED],
    createCustomer: [FRESH],
    completeCustomer: [WON],
  });
  assertEquals((await customer).created, true);
  assertEquals(names().slice(2, 5), ["findCustomer", "renewCustomer", "createCustomer"]);
  assertEquals(names().slice(5), ["describeCustomer", "completeCustomer"]);
  assertEquals(argumentsOf("renewCustomer"), [["user_ada", 1]]);
  const [[, creation]] = argumentsOf("createCustomer") as [[unknown, { idempotencyKey: string }]];
  assertEquals(creation.idempotencyKey, "customer:d-1:user_ada:2");
  assertEquals((argumentsOf("completeCustomer")[0]![1] as typeof RENEWED).ticket, 8);
});

/** A page of others' customers, of which more follow. */
const others = (id: string, created: number) => ({ customer: null, last: { id, created } });

Deno.test("A lookup reads page after page and stores how far it has come", async () => {
  const { customer, names, argumentsOf } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [others("cus_30", 1_900), others("cus_20", 1_500), FOUND],
    recordLookup: [undefined, undefined],
    readCustomer: [DESCRIBED],
    completeCustomer: [WON],
  });
  assertEquals((await customer).customer_id, "cus_1");
  assertEquals(argumentsOf("findCustomer").map(([, , after]) => after), [undefined, "cus_30", "cus_20"]);
  assertEquals(argumentsOf("recordLookup"), [["user_ada", 1, 1_900], ["user_ada", 1, 1_500]]);
  assertEquals(names().includes("createCustomer"), false);
});

Deno.test("A lookup that is not at its end when the lease ends creates nothing, and has stored its progress", async () => {
  const { customer, names, argumentsOf } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [others("cus_30", 1_900), late(others("cus_20", 1_500))],
    recordLookup: [undefined, undefined],
  });
  await rejected(customer, "customer_busy");
  assertEquals(argumentsOf("recordLookup").at(-1), ["user_ada", 1, 1_500]);
  assertEquals(names().at(-1), "recordLookup");
});

Deno.test("A lookup whose third page fails has stored the progress of two, and creates nothing", async () => {
  const { customer, names } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [others("cus_30", 1_900), others("cus_20", 1_500), stripeError("StripeRateLimitError")],
    recordLookup: [undefined, undefined],
  });
  await rejected(customer, "stripe_unavailable");
  assertEquals(names().slice(-3), ["findCustomer", "recordLookup", "findCustomer"]);
});

Deno.test("A lookup whose progress cannot be stored creates nothing", async () => {
  const { customer, names } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [others("cus_30", 1_900)],
    recordLookup: [AppError.databaseUnavailable(new Error())],
  });
  await rejected(customer, "database_unavailable");
  assertEquals(names().at(-1), "recordLookup");
});

Deno.test("Nothing is created after a failed lookup", async () => {
  const { customer, names } = ensure({ claimCustomer: [LOOKUP], findCustomer: [stripeError("StripeAPIError")] });
  await rejected(customer, "stripe_unavailable");
  assertEquals(names().at(-1), "findCustomer");
});

Deno.test("A replayed customer is read and described before it is completed", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [REPLAYED],
    readCustomer: [CUSTOMER],
    completeCustomer: [WON],
  });
  await customer;
  assertEquals(names().slice(2), ["createCustomer", "readCustomer", "describeCustomer", "completeCustomer"]);
});

Deno.test("A name that an operator set at Stripe stays when a replayed customer gets its email", async () => {
  const named = { ...CUSTOMER, name: "Countess Lovelace" };
  const { customer, argumentsOf } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [REPLAYED],
    readCustomer: [named],
    completeCustomer: [WON],
  });
  await customer;
  assertEquals(argumentsOf("describeCustomer"), [["cus_1", { email: "ada@example.com" }]]);
});

Deno.test("A replayed customer that cannot be read is not completed", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [REPLAYED],
    readCustomer: [AppError.stripeUnavailable(new Error())],
  });
  await rejected(customer, "stripe_unavailable");
  assertEquals(names().at(-1), "readCustomer");
});

for (
  const [when, answers] of [
    ["was deleted", { readCustomer: [TOMBSTONE] }],
    ["is unknown to Stripe", { readCustomer: [null] }],
    ["is deleted before it is described", { readCustomer: [CUSTOMER], describeCustomer: [null] }],
  ] as const
) {
  Deno.test(`A replayed customer that ${when} begins the next generation`, async () => {
    const { customer, names } = ensure({
      claimCustomer: [CREATE],
      createCustomer: [REPLAYED, { ...FRESH, object: { ...DESCRIBED, id: "cus_2" } }],
      renewCustomer: [RENEWED],
      completeCustomer: [{ customer_id: "cus_2", won: true }],
      ...answers,
    });
    assertEquals((await customer).customer_id, "cus_2");
    assertEquals(names().slice(-3), ["renewCustomer", "createCustomer", "completeCustomer"]);
  });

  Deno.test(`An adopted customer that ${when} begins the next generation`, async () => {
    const { customer, names } = ensure({
      claimCustomer: [LOOKUP],
      findCustomer: [FOUND],
      renewCustomer: [RENEWED],
      createCustomer: [{ ...FRESH, object: DESCRIBED }],
      completeCustomer: [WON],
      ...answers,
    });
    await customer;
    assertEquals(names().filter((name) => name === "findCustomer").length, 1);
    assertEquals(names().slice(-3), ["renewCustomer", "createCustomer", "completeCustomer"]);
  });
}

Deno.test("The second caller to complete answers the first caller's customer with created false", async () => {
  const { customer } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [{ customer_id: "cus_other", won: false }],
  });
  assertEquals(await customer, { customer_id: "cus_other", livemode: false, created: false });
});

Deno.test("A completion that leaves no customer answers customer_busy", async () => {
  const { customer } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [{ customer_id: null, won: false }],
  });
  await rejected(customer, "customer_busy");
});

Deno.test("A caller that cannot renew the lease answers customer_busy and creates nothing", async () => {
  const { customer, names } = ensure({ claimCustomer: [LOOKUP], findCustomer: [NONE], renewCustomer: [WAIT] });
  await rejected(customer, "customer_busy");
  assertEquals(names().includes("createCustomer"), false);
});

for (
  const [step, answers] of [
    ["lookup", { claimCustomer: [LOOKUP], findCustomer: [late(NONE)] }],
    ["read", { claimCustomer: [CREATE], createCustomer: [REPLAYED], readCustomer: [late(null)] }],
    ["description", {
      claimCustomer: [CREATE],
      createCustomer: [REPLAYED],
      readCustomer: [CUSTOMER],
      describeCustomer: [late(null)],
    }],
  ] as const
) {
  Deno.test(`Trap 1: a ${step} without a result after the end of the lease begins no generation`, async () => {
    const { customer, names } = ensure(answers);
    await rejected(customer, "customer_busy");
    assertEquals(names().includes("renewCustomer"), false);
  });
}

Deno.test("Generations are bounded when Stripe returns only deleted customers", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: Array(99).fill(REPLAYED),
    readCustomer: Array(99).fill(TOMBSTONE),
    renewCustomer: Array.from({ length: 99 }, (_, n) => ({ ...CREATE, generation: n + 2 })),
  });
  await rejected(customer, "stripe_unavailable");
  assertLessOrEqual(names().filter((name) => name === "createCustomer").length, 3);
});

Deno.test("A rate limit does not fail the claim, because Stripe has created nothing", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [stripeError("StripeRateLimitError")],
  });
  await rejected(customer, "stripe_unavailable");
  assertEquals(names().at(-1), "createCustomer");
});

Deno.test("A deadline that is too near does not fail the claim, because no request was sent", async () => {
  const { customer, names } = ensure({ claimCustomer: [CREATE], createCustomer: [AppError.customerBusy()] });
  await rejected(customer, "customer_busy");
  assertEquals(names().at(-1), "createCustomer");
});

for (
  const [what, type, code] of [
    ["a 5xx", "StripeAPIError"],
    ["a dropped response", "StripeConnectionError"],
    ["a key in progress", "StripeInvalidRequestError", "idempotency_key_in_use"],
    ["a key refused for other parameters", "StripeIdempotencyError"],
    ["any other error", "TypeError"],
  ] as const
) {
  Deno.test(`Trap 2: ${what} fails the claim and begins no generation`, async () => {
    const { customer, argumentsOf, names } = ensure({
      claimCustomer: [CREATE],
      createCustomer: [stripeError(type, code)],
      failCustomer: [undefined],
    });
    await rejected(customer, "stripe_unavailable");
    assertEquals(argumentsOf("failCustomer"), [["user_ada", 1]]);
    assertEquals(names().slice(2), ["createCustomer", "failCustomer"]);
  });
}

Deno.test("A failed creation after a lookup fails the renewed generation", async () => {
  const { customer, argumentsOf } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [NONE],
    renewCustomer: [RENEWED],
    createCustomer: [stripeError("StripeAPIError")],
    failCustomer: [undefined],
  });
  await rejected(customer, "stripe_unavailable");
  assertEquals(argumentsOf("failCustomer"), [["user_ada", 2]]);
});

Deno.test("When failing the claim fails too, the caller gets the first error", async () => {
  const { customer } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [stripeError("StripeAPIError")],
    failCustomer: [AppError.databaseUnavailable(new Error())],
  });
  await rejected(customer, "stripe_unavailable");
});

Deno.test("A failed completion does not fail the claim, because the same key leads to the same customer", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [AppError.databaseUnavailable(new Error())],
  });
  await rejected(customer, "database_unavailable");
  assertEquals(names().at(-1), "completeCustomer");
});

Deno.test("Without the database no request goes to Stripe", async () => {
  const { customer, names } = ensure({ claimCustomer: [AppError.databaseUnavailable(new Error())] });
  await rejected(customer, "database_unavailable");
  assertEquals(names(), ["claimCustomer"]);
});

Deno.test("Trap 22: a key of another account creates nothing, looks nothing up and fails no claim", async () => {
  const { customer, names } = ensure({ claimCustomer: [AppError.notConfigured("another account")] });
  await rejected(customer, "not_configured");
  assertEquals(names(), ["claimCustomer"]);
});

Deno.test("An organization's customer is claimed, created and completed under the organization's id", async () => {
  const { customer, argumentsOf } = ensure({
    claimCustomer: [CREATE],
    readProfile: [{ name: "Acme" }],
    createCustomer: [FRESH],
    describeCustomer: [{ ...CUSTOMER, name: "Acme" }],
    completeCustomer: [WON],
  }, ACME);
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: true });
  assertEquals(argumentsOf("claimCustomer"), [["org_acme"]]);
  assertEquals(argumentsOf("readProfile"), [[ACME, USER]]);
  const [[identity, creation]] = argumentsOf("createCustomer") as [[unknown, { idempotencyKey: string }]];
  assertEquals(identity, { owner: ACME, deployment_id: "d-1" });
  assertEquals(argumentsOf("describeCustomer"), [["cus_1", { name: "Acme" }]]);
  assertEquals(creation.idempotencyKey, "customer:d-1:org_acme:1");
  assertEquals(argumentsOf("completeCustomer")[0]![0], "org_acme");
});

Deno.test("An organization's inconclusive failure is recorded under the organization's id", async () => {
  const { customer, argumentsOf } = ensure({
    claimCustomer: [LOOKUP],
    findCustomer: [NONE],
    renewCustomer: [RENEWED],
    createCustomer: [stripeError("StripeAPIError")],
    failCustomer: [undefined],
  }, ACME);
  await rejected(customer, "stripe_unavailable");
  assertEquals(argumentsOf("findCustomer")[0]![0], { owner: ACME, deployment_id: "d-1" });
  assertEquals(argumentsOf("renewCustomer"), [["org_acme", 1]]);
  assertEquals(argumentsOf("failCustomer"), [["org_acme", 2]]);
});

Deno.test("Concurrent calls of one user for both owners are two runs", async () => {
  const own = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_1", stale: false }] });
  const organizations = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_2", stale: false }] }, ACME);
  assertEquals((await own.customer).customer_id, "cus_1");
  assertEquals((await organizations.customer).customer_id, "cus_2");
});
