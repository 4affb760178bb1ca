import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { withoutPauses } from "../../../tests/gateways.ts";
import { until } from "../../../tests/until.ts";
import { AppError } from "../../errors.ts";
import {
  ACME,
  CREATE,
  CUSTOMER,
  DESCRIBED,
  ensure,
  FRESH,
  IDENTITY,
  late,
  LOOKUP,
  NONE,
  PROFILE,
  rejected,
  REPLAYED,
  stripeError,
  USER,
  WAIT,
  WON,
} from "../../../tests/ensure_customer_fixture.ts";

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

Deno.test("Concurrent calls of one user for both owners are two runs", async () => {
  const own = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_1", stale: false }] });
  const organizations = ensure({ claimCustomer: [{ step: "known", customer_id: "cus_2", stale: false }] }, ACME);
  assertEquals((await own.customer).customer_id, "cus_1");
  assertEquals((await organizations.customer).customer_id, "cus_2");
});
