import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted } from "../../../tests/gateways.ts";
import type { Owner } from "../../contract/owner.ts";
import { AppError } from "../../errors.ts";
import { refreshCustomer, type RefreshGateways, refreshInBackground } from "./refresh_customer.ts";

const USER = { id: "user_ada", claims: {} };
const ADA: Owner = { id: "user_ada", kind: "user" };
const ACME: Owner = { id: "org_acme", kind: "organization" };
const CUSTOMER = { id: "cus_1", object: "customer", email: "ada@example.com", name: "Ada" };
const WITHOUT_EMAIL = { ...CUSTOMER, email: null };
const TOMBSTONE = { id: "cus_1", object: "customer", deleted: true };
const PROFILE = { email: "ada@example.com", name: "Ada" };

/** The calls of a refresh in which the services give these answers. */
async function callsOf(answers: Answers, owner = ADA): Promise<Calls> {
  const { refreshing, calls } = refresh(answers, owner);
  await refreshing;
  return calls;
}

function refresh(answers: Answers, owner = ADA) {
  passTime();
  const calls: Calls = [];
  const all = { drawTicket: [9], recordObjects: [undefined], ...answers };
  const gateways: RefreshGateways = {
    clerk: scripted(all, calls),
    database: scripted(all, calls),
    stripe: scripted(all, calls),
  };
  return { refreshing: refreshCustomer(owner, USER, "cus_1", gateways), calls };
}

Deno.test("A customer is recorded under a ticket that was drawn before the fetch", async () => {
  assertEquals(await callsOf({ readCustomer: [CUSTOMER] }), [
    ["drawTicket"],
    ["readCustomer", "cus_1"],
    ["recordObjects", 9, [CUSTOMER]],
  ]);
});

Deno.test("Trap 23: a deleted customer is recorded at once", async () => {
  assertEquals(await callsOf({ readCustomer: [TOMBSTONE] }), [
    ["drawTicket"],
    ["readCustomer", "cus_1"],
    ["recordObjects", 9, [TOMBSTONE]],
  ]);
});

Deno.test("A missing customer is recorded as deleted, under a ticket that was drawn before", async () => {
  assertEquals(await callsOf({ readCustomer: [null] }), [
    ["drawTicket"],
    ["readCustomer", "cus_1"],
    ["recordObjects", 9, [TOMBSTONE]],
  ]);
});

Deno.test("Trap 22: with a key of another account, which gets no ticket, no customer is fetched or recorded", async () => {
  const { refreshing, calls } = refresh({ drawTicket: [AppError.notConfigured("another")] });
  await assertRejects(() => refreshing);
  assertEquals(calls, [["drawTicket"]]);
});

Deno.test("A user's customer without an email is described", async () => {
  const calls = await callsOf({ readCustomer: [WITHOUT_EMAIL], readProfile: [PROFILE], describeCustomer: [CUSTOMER] });
  assertEquals(calls.slice(2), [
    ["readProfile", ADA, USER],
    ["describeCustomer", "cus_1", { email: "ada@example.com" }],
    ["recordObjects", 9, [CUSTOMER]],
  ]);
});

Deno.test("A user's customer without a name is described, and the email that an operator set stays", async () => {
  const nameless = { ...CUSTOMER, email: "accounts@example.com", name: null };
  const described = { ...nameless, name: "Ada" };
  const calls = await callsOf({ readCustomer: [nameless], readProfile: [PROFILE], describeCustomer: [described] });
  assertEquals(calls.slice(2), [
    ["readProfile", ADA, USER],
    ["describeCustomer", "cus_1", { name: "Ada" }],
    ["recordObjects", 9, [described]],
  ]);
});

Deno.test("A customer is recorded as it is when Stripe refuses its description or does not answer it", async () => {
  for (const answer of [undefined, AppError.stripeUnavailable(new Error())]) {
    const calls = await callsOf({ readCustomer: [WITHOUT_EMAIL], readProfile: [PROFILE], describeCustomer: [answer] });
    assertEquals(calls.at(-1), ["recordObjects", 9, [WITHOUT_EMAIL]]);
  }
});

Deno.test("A user's customer stays as it is if the user has no email either", async () => {
  const calls = await callsOf({ readCustomer: [WITHOUT_EMAIL], readProfile: [{ name: "Ada" }] });
  assertEquals(calls.slice(2), [["readProfile", ADA, USER], ["recordObjects", 9, [WITHOUT_EMAIL]]]);
});

Deno.test("A customer that is deleted between fetch and description is recorded as deleted", async () => {
  const calls = await callsOf({ readCustomer: [WITHOUT_EMAIL], readProfile: [PROFILE], describeCustomer: [null] });
  assertEquals(calls.at(-1), ["recordObjects", 9, [TOMBSTONE]]);
});

Deno.test("Nothing is recorded when Stripe does not answer", async () => {
  const { refreshing, calls } = refresh({ readCustomer: [AppError.stripeUnavailable(new Error())] });
  await assertRejects(() => refreshing, AppError);
  assertEquals(calls.map(([name]) => name), ["drawTicket", "readCustomer"]);
});

Deno.test("An organization's customer without a name is described", async () => {
  const nameless = { ...CUSTOMER, name: null };
  const named = { ...CUSTOMER, name: "Acme" };
  const answers = { readCustomer: [nameless], readProfile: [{ name: "Acme" }], describeCustomer: [named] };
  assertEquals((await callsOf(answers, ACME)).slice(2), [
    ["readProfile", ACME, USER],
    ["describeCustomer", "cus_1", { name: "Acme" }],
    ["recordObjects", 9, [named]],
  ]);
});

Deno.test("An organization's customer with a name is recorded without a request to Clerk, though it has no email", async () => {
  const named = { ...WITHOUT_EMAIL, name: "Acme" };
  assertEquals((await callsOf({ readCustomer: [named] }, ACME)).slice(2), [["recordObjects", 9, [named]]]);
});

Deno.test("An organization's customer stays as it is while Clerk does not answer", async () => {
  const nameless = { ...CUSTOMER, name: null };
  assertEquals((await callsOf({ readCustomer: [nameless], readProfile: [{}] }, ACME)).slice(2), [
    ["readProfile", ACME, USER],
    ["recordObjects", 9, [nameless]],
  ]);
});

/** Background refreshes of this customer by several calls. @returns how many read it at Stripe */
async function readsOf(id: string, answer: unknown, calls = 10): Promise<number> {
  const made: Calls = [];
  const all = { drawTicket: Array(calls).fill(9), readCustomer: Array(calls).fill(answer), recordObjects: [undefined] };
  const gateways: RefreshGateways = {
    clerk: scripted(all, made),
    database: scripted(all, made),
    stripe: scripted(all, made),
  };
  for (let n = 0; n < calls; n++) {
    refreshInBackground(ADA, USER, id, gateways);
    if (n % 2) await new Promise((resume) => setTimeout(resume));
  }
  await new Promise((resume) => setTimeout(resume));
  return made.filter(([name]) => name === "readCustomer").length;
}

Deno.test("Concurrent and later calls for a stale customer share one refresh for a minute after it failed", async () => {
  passTime();
  for (let minute = 0; minute < 3; minute++) {
    assertEquals(await readsOf("cus_away", AppError.stripeUnavailable(new Error())), 1);
    assertEquals(await readsOf("cus_away", CUSTOMER), 0);
    passTime(60_001);
  }
  assertEquals(await readsOf("cus_away", CUSTOMER, 1), 1);
});

Deno.test("A failed refresh of one customer does not pause the refresh of another", async () => {
  passTime();
  assertEquals(await readsOf("cus_away", AppError.stripeUnavailable(new Error())), 1);
  assertEquals(await readsOf("cus_other", CUSTOMER, 1), 1);
});

Deno.test("A rate limit pauses the refresh of every customer for a minute", async () => {
  passTime();
  const limited = AppError.stripeUnavailable(Object.assign(new Error(), { type: "StripeRateLimitError" }));
  assertEquals(await readsOf("cus_limited", limited), 1);
  for (const id of ["cus_limited", "cus_2", "cus_3"]) assertEquals(await readsOf(id, CUSTOMER), 0);
  passTime(60_001);
  for (const id of ["cus_limited", "cus_2", "cus_3"]) assertEquals(await readsOf(id, CUSTOMER, 1), 1);
});

Deno.test("A refresh that succeeded is not remembered: the database says when the customer is stale again", async () => {
  passTime();
  for (let day = 0; day < 3; day++) assertEquals(await readsOf("cus_daily", CUSTOMER, 1), 1);
});
