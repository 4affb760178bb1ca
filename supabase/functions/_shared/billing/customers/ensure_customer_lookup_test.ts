/** ensureCustomer after an earlier attempt: lookups, replayed and adopted customers, later generations. */
import { assertEquals, assertLessOrEqual } from "@std/assert";
import { AppError } from "../../errors.ts";
import {
  CREATE,
  CUSTOMER,
  DESCRIBED,
  ensure,
  FOUND,
  FRESH,
  IDENTITY,
  late,
  LOOKUP,
  NONE,
  PROFILE,
  rejected,
  RENEWED,
  REPLAYED,
  stripeError,
  TOMBSTONE,
  WAIT,
  WON,
} from "../../../tests/ensure_customer_fixture.ts";

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

Deno.test("A caller that cannot renew the lease answers customer_busy and creates nothing", async () => {
  const { customer, names } = ensure({ claimCustomer: [LOOKUP], findCustomer: [NONE], renewCustomer: [WAIT] });
  await rejected(customer, "customer_busy");
  assertEquals(names().includes("createCustomer"), false);
});

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
