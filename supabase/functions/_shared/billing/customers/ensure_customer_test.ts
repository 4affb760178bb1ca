import { assertEquals, assertGreater, assertLessOrEqual, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { until } from "../../../tests/until.ts";
import { AppError } from "../../errors.ts";
import { type CustomerGateways, ensureCustomer } from "./ensure_customer.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");

const USER = { id: "user_ada", sessionId: "sess_1", claims: {} };
const OWNER = { clerk_user_id: "user_ada", deployment_id: "d-1" };
const PROFILE = { email: "ada@example.com", name: "Ada" };
const CREATE = { step: "create", generation: 1, deployment_id: "d-1", ticket: 7 };
const LOOK = { ...CREATE, step: "lookup", created_from: 1_000, created_to: 2_000 };
const RENEWED = { ...CREATE, generation: 2, ticket: 8 };
/** A lease of thirty seconds that began a moment after the question. */
const WAIT = { step: "wait", retry_after: 31 };
const CUSTOMER = { id: "cus_1", object: "customer" };
const FRESH = { object: CUSTOMER, fresh: true };
const REPLAYED = { object: CUSTOMER, fresh: false };
const WON = { customer_id: "cus_1", won: true };

/** Calls it with gateways that give these answers; account and profile are those of an ordinary day. */
function ensure(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const all = { readAccount: ["acct_1"], confirmAccount: [undefined], readProfile: [PROFILE], ...answers };
  const gateways: CustomerGateways = {
    clerk: scripted(all, calls),
    database: scripted(all, calls),
    stripe: scripted(all, calls),
  };
  return {
    customer: ensureCustomer(USER, gateways),
    calls,
    names: () => calls.map(([name]) => name),
    argumentsOf: (wanted: string) => calls.filter(([name]) => name === wanted).map(([, ...args]) => args),
  };
}

/** What Stripe's library throws, as the gateway translates it. */
const stripeError = (type: string, code?: string) =>
  AppError.stripeUnavailable(Object.assign(new Error(), { type, code }));

/** An answer that comes after the lease. */
function late<Answer>(answer: Answer) {
  return () => {
    passTime(30_000);
    return answer;
  };
}

async function refused(customer: Promise<unknown>, code: string): Promise<AppError> {
  const error = await assertRejects(() => customer, AppError);
  assertEquals(error.code, code);
  return error;
}

Deno.test("A known customer costs one question to the database and none to Stripe", async () => {
  const { customer, calls } = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_1", stale: false }] });
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: false });
  assertEquals(calls, [["claimCustomer", "user_ada"]]);
});

Deno.test("A stale customer is answered at once and looked at behind the answer", async () => {
  const reading = Promise.withResolvers();
  const { customer, names } = ensure({
    claimCustomer: [{ step: "known", customer_id: "cus_1", stale: true }],
    drawTicket: [9],
    readCustomer: [() => reading.promise],
    recordObjects: [undefined],
  });
  assertEquals((await customer).customer_id, "cus_1");
  reading.resolve({ ...CUSTOMER, email: "ada@example.com" });
  await until(() => names().includes("recordObjects"));
  assertEquals(names(), ["claimCustomer", "drawTicket", "readCustomer", "recordObjects"]);
});

Deno.test("A stale customer is answered although the look at it fails", async () => {
  const { customer } = ensure({
    claimCustomer: [{ step: "known", customer_id: "cus_1", stale: true }],
    drawTicket: [AppError.databaseUnavailable(new Error())],
  });
  assertEquals((await customer).customer_id, "cus_1");
});

Deno.test("The first caller creates: after the account was compared, under the generation's key, within the lease", async () => {
  const started = performance.now();
  const { customer, calls, names, argumentsOf } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [WON],
  });
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: true });
  assertEquals(names().slice(0, 4).sort(), ["claimCustomer", "confirmAccount", "readAccount", "readProfile"]);
  assertEquals(names().slice(4), ["createCustomer", "completeCustomer"]);

  const [, owner, profile, { idempotencyKey, deadline }] = calls[4] as [
    string,
    unknown,
    unknown,
    { idempotencyKey: string; deadline: number },
  ];
  assertEquals([owner, profile, idempotencyKey], [OWNER, PROFILE, "customer:d-1:user_ada:1"]);
  assertGreater(deadline, started);
  assertLessOrEqual(deadline, performance.now() + 25_000);
  const [[userId, lease, completed]] = argumentsOf("completeCustomer") as [[string, typeof CREATE, unknown]];
  assertEquals([userId, lease.generation, lease.ticket, completed], ["user_ada", 1, 7, CUSTOMER]);
});

Deno.test("A caller who waits gets the customer that another created", async () => {
  const { customer, names } = ensure({
    claimCustomer: [WAIT, WAIT, { step: "known", customer_id: "cus_1", stale: false }],
  });
  assertEquals((await customer).created, false);
  assertEquals(names(), Array(3).fill("claimCustomer"));
});

Deno.test("A caller who waits creates when it becomes his turn", async () => {
  const { customer } = ensure({ claimCustomer: [WAIT, CREATE], createCustomer: [FRESH], completeCustomer: [WON] });
  assertEquals((await customer).created, true);
});

Deno.test("A caller who waits for too long is asked to come back, and Stripe was asked nothing", async () => {
  const { headers, names } = await withoutPauses(async () => {
    const { customer, names } = ensure({ claimCustomer: Array(50).fill(WAIT) });
    return { ...await refused(customer, "customer_busy"), names };
  });
  assertEquals(headers, { "retry-after": "31" });
  assertEquals(new Set(names()), new Set(["claimCustomer"]));
  assertLessOrEqual(names().length, 10);
});

Deno.test("Who would wait for a failure to cool is asked to come back at once", async () => {
  const { customer, names } = ensure({ claimCustomer: [{ step: "wait", retry_after: 60 }] });
  assertEquals((await refused(customer, "customer_busy")).headers, { "retry-after": "60" });
  assertEquals(names(), ["claimCustomer"]);
});

Deno.test("Callers at the same time ask once, and one of them created", async () => {
  const first = ensure({ claimCustomer: [CREATE], createCustomer: [FRESH], completeCustomer: [WON] });
  const others = Array.from({ length: 9 }, () => ensure({}));
  assertEquals((await first.customer).created, true);
  for (const { customer, calls } of others) {
    assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: false });
    assertEquals(calls, []);
  }
});

Deno.test("Callers at the same time share a failure, and the next asks again", async () => {
  const away = AppError.databaseUnavailable(new Error());
  const callers = [ensure({ claimCustomer: [away] }), ensure({})];
  for (const { customer } of callers) await refused(customer, "database_unavailable");
  const { customer } = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_1", stale: false }] });
  assertEquals((await customer).customer_id, "cus_1");
});

Deno.test("Looking adopts what is found in the claim's window, after describing it", async () => {
  const described = { ...CUSTOMER, email: "ada@example.com" };
  const { customer, names, argumentsOf } = ensure({
    claimCustomer: [LOOK],
    findCustomer: [REPLAYED],
    describeCustomer: [described],
    completeCustomer: [WON],
  });
  assertEquals(await customer, { customer_id: "cus_1", livemode: false, created: true });
  assertEquals(argumentsOf("findCustomer"), [[OWNER, { gte: 1_000, lte: 2_000 }]]);
  assertEquals(argumentsOf("describeCustomer"), [["cus_1", PROFILE]]);
  assertEquals(argumentsOf("completeCustomer")[0]![2], described);
  assertEquals(names().includes("createCustomer"), false);
});

Deno.test("Looking in vain begins the next generation, whose key is another", async () => {
  const { customer, names, argumentsOf } = ensure({
    claimCustomer: [LOOK],
    findCustomer: [null],
    renewCustomer: [RENEWED],
    createCustomer: [FRESH],
    completeCustomer: [WON],
  });
  assertEquals((await customer).created, true);
  assertEquals(names().slice(4), ["findCustomer", "renewCustomer", "createCustomer", "completeCustomer"]);
  assertEquals(argumentsOf("renewCustomer"), [["user_ada", 1]]);
  const [[, , creation]] = argumentsOf("createCustomer") as [[unknown, unknown, { idempotencyKey: string }]];
  assertEquals(creation.idempotencyKey, "customer:d-1:user_ada:2");
  assertEquals((argumentsOf("completeCustomer")[0]![1] as typeof RENEWED).ticket, 8);
});

Deno.test("Nothing is created after a look that failed", async () => {
  const { customer, names } = ensure({ claimCustomer: [LOOK], findCustomer: [stripeError("StripeAPIError")] });
  await refused(customer, "stripe_unavailable");
  assertEquals(names().at(-1), "findCustomer");
});

Deno.test("A replayed answer is described before it is believed", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [REPLAYED],
    describeCustomer: [CUSTOMER],
    completeCustomer: [WON],
  });
  await customer;
  assertEquals(names().slice(4), ["createCustomer", "describeCustomer", "completeCustomer"]);
});

Deno.test("A replayed customer that is gone begins the next generation", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [REPLAYED, { ...FRESH, object: { ...CUSTOMER, id: "cus_2" } }],
    describeCustomer: [null],
    renewCustomer: [RENEWED],
    completeCustomer: [{ customer_id: "cus_2", won: true }],
  });
  assertEquals((await customer).customer_id, "cus_2");
  assertEquals(names().slice(4), [
    "createCustomer",
    "describeCustomer",
    "renewCustomer",
    "createCustomer",
    "completeCustomer",
  ]);
});

Deno.test("An adopted customer that is gone begins the next generation", async () => {
  const { customer, names } = ensure({
    claimCustomer: [LOOK],
    findCustomer: [REPLAYED],
    describeCustomer: [null],
    renewCustomer: [RENEWED],
    createCustomer: [FRESH],
    completeCustomer: [WON],
  });
  await customer;
  assertEquals(names().filter((name) => name === "findCustomer").length, 1);
  assertEquals(names().slice(-3), ["renewCustomer", "createCustomer", "completeCustomer"]);
});

Deno.test("Who completes second answers the first one's customer and created nothing", async () => {
  const { customer } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [{ customer_id: "cus_other", won: false }],
  });
  assertEquals(await customer, { customer_id: "cus_other", livemode: false, created: false });
});

Deno.test("A completion that leaves no customer asks to come back", async () => {
  const { customer } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [{ customer_id: null, won: false }],
  });
  await refused(customer, "customer_busy");
});

Deno.test("Who is too late for the next generation asks to come back and creates nothing", async () => {
  const { customer, names } = ensure({ claimCustomer: [LOOK], findCustomer: [null], renewCustomer: [WAIT] });
  await refused(customer, "customer_busy");
  assertEquals(names().includes("createCustomer"), false);
});

for (
  const [step, answers] of [
    ["lookup", { claimCustomer: [LOOK], findCustomer: [late(null)] }],
    ["description", { claimCustomer: [CREATE], createCustomer: [REPLAYED], describeCustomer: [late(null)] }],
  ] as const
) {
  Deno.test(`Trap 1: a ${step} in vain that outlasts the lease begins no generation`, async () => {
    const { customer, names } = ensure(answers);
    await refused(customer, "customer_busy");
    assertEquals(names().includes("renewCustomer"), false);
  });
}

Deno.test("Generations are bounded: Stripe giving nothing but the dead is ill", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: Array(99).fill(REPLAYED),
    describeCustomer: Array(99).fill(null),
    renewCustomer: Array.from({ length: 99 }, (_, n) => ({ ...CREATE, generation: n + 2 })),
  });
  await refused(customer, "stripe_unavailable");
  assertLessOrEqual(names().filter((name) => name === "createCustomer").length, 3);
});

Deno.test("A rate limit does not fail the claim, because Stripe has done nothing", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [stripeError("StripeRateLimitError")],
  });
  await refused(customer, "stripe_unavailable");
  assertEquals(names().at(-1), "createCustomer");
});

Deno.test("A deadline that is too near does not fail the claim, because nothing was sent", async () => {
  const { customer, names } = ensure({ claimCustomer: [CREATE], createCustomer: [AppError.customerBusy()] });
  await refused(customer, "customer_busy");
  assertEquals(names().at(-1), "createCustomer");
});

for (
  const [what, type, code] of [
    ["a 5xx", "StripeAPIError"],
    ["a dropped answer", "StripeConnectionError"],
    ["a key in progress", "StripeInvalidRequestError", "idempotency_key_in_use"],
    ["a key refused for other parameters", "StripeIdempotencyError"],
    ["whatever else", "TypeError"],
  ] as const
) {
  Deno.test(`Trap 2: ${what} fails the claim and never begins a generation by itself`, async () => {
    const { customer, argumentsOf, names } = ensure({
      claimCustomer: [CREATE],
      createCustomer: [stripeError(type, code)],
      failCustomer: [undefined],
    });
    await refused(customer, "stripe_unavailable");
    assertEquals(argumentsOf("failCustomer"), [["user_ada", 1]]);
    assertEquals(names().slice(4), ["createCustomer", "failCustomer"]);
  });
}

Deno.test("A failure of the generation after a look is noted under that generation", async () => {
  const { customer, argumentsOf } = ensure({
    claimCustomer: [LOOK],
    findCustomer: [null],
    renewCustomer: [RENEWED],
    createCustomer: [stripeError("StripeAPIError")],
    failCustomer: [undefined],
  });
  await refused(customer, "stripe_unavailable");
  assertEquals(argumentsOf("failCustomer"), [["user_ada", 2]]);
});

Deno.test("When failing the claim fails too, the caller hears of the first failure", async () => {
  const { customer } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [stripeError("StripeAPIError")],
    failCustomer: [AppError.databaseUnavailable(new Error())],
  });
  await refused(customer, "stripe_unavailable");
});

Deno.test("A completion that fails does not fail the claim: the same key leads there again", async () => {
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [FRESH],
    completeCustomer: [AppError.databaseUnavailable(new Error())],
  });
  await refused(customer, "database_unavailable");
  assertEquals(names().at(-1), "completeCustomer");
});

Deno.test("Without the database nobody asks Stripe", async () => {
  const { customer, names } = ensure({ claimCustomer: [AppError.databaseUnavailable(new Error())] });
  await refused(customer, "database_unavailable");
  assertEquals(names(), ["claimCustomer"]);
});

Deno.test("Trap 22: a key of another account creates nothing, looks for nothing and fails no claim", async () => {
  for (const claim of [CREATE, LOOK]) {
    const { customer, names } = ensure({
      claimCustomer: [claim],
      confirmAccount: [AppError.notConfigured("another account")],
    });
    await refused(customer, "not_configured");
    assertEquals(names().sort(), ["claimCustomer", "confirmAccount", "readAccount", "readProfile"]);
  }
});
