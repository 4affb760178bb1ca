/** ensureCustomer when Stripe, the database or the account fails. */
import { assertEquals } from "@std/assert";
import { AppError } from "../../errors.ts";
import {
  ACME,
  CREATE,
  ensure,
  FRESH,
  LOOKUP,
  NONE,
  rejected,
  RENEWED,
  stripeError,
} from "../../../tests/ensure_customer_fixture.ts";

Deno.test("A caller gets customer_busy at once while an inconclusive failure is too recent", async () => {
  const { customer, names } = ensure({ claimCustomer: [{ step: "wait", retry_after: 60 }] });
  assertEquals((await rejected(customer, "customer_busy")).headers, { "retry-after": "60" });
  assertEquals(names(), ["claimCustomer"]);
});

for (
  const [what, error] of [
    ["A rate limit", stripeError("StripeRateLimitError")],
    ["A refused key", AppError.notConfigured("refused", { type: "StripeAuthenticationError" })],
    ["A missing permission", AppError.notConfigured("lacks", { type: "StripePermissionError" })],
  ] as const
) {
  Deno.test(`${what} does not fail the claim, because Stripe has created nothing`, async () => {
    const { customer, names } = ensure({ claimCustomer: [CREATE], createCustomer: [error] });
    await rejected(customer, error.code);
    assertEquals(names().at(-1), "createCustomer");
  });
}

Deno.test("A missing permission that Stripe replays fails the claim, because the key of the generation stores it", async () => {
  const replayed = { type: "StripePermissionError", headers: { "idempotent-replayed": "true" } };
  const { customer, names } = ensure({
    claimCustomer: [CREATE],
    createCustomer: [AppError.notConfigured("lacks", replayed)],
    failCustomer: [undefined],
  });
  await rejected(customer, "not_configured");
  assertEquals(names().at(-1), "failCustomer");
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
