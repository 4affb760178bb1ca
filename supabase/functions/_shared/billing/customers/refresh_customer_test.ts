import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import type { CustomerGateways } from "./ensure_customer.ts";
import { refreshCustomer } from "./refresh_customer.ts";

const USER = { id: "user_ada", sessionId: "sess_1", claims: {} };
const CUSTOMER = { id: "cus_1", object: "customer", email: "ada@example.com" };
const NAMELESS = { ...CUSTOMER, email: null };
const GONE = { id: "cus_1", object: "customer", deleted: true };
const PROFILE = { email: "ada@example.com", name: "Ada" };

/** What was asked during a look in which the services give these answers. */
async function look(answers: Answers): Promise<Calls> {
  const { looking, calls } = looks(answers);
  await looking;
  return calls;
}

function looks(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const all = { drawTicket: [9], recordObjects: [undefined], ...answers };
  const gateways: CustomerGateways = {
    clerk: scripted(all, calls),
    database: scripted(all, calls),
    stripe: scripted(all, calls),
  };
  return { looking: refreshCustomer(USER, "cus_1", gateways), calls };
}

Deno.test("What is seen is recorded under a ticket that was drawn before", async () => {
  assertEquals(await look({ readCustomer: [CUSTOMER] }), [
    ["drawTicket"],
    ["readCustomer", "cus_1"],
    ["recordObjects", 9, [CUSTOMER]],
  ]);
});

Deno.test("Trap 23: a deleted customer is believed at once", async () => {
  assertEquals(await look({ readCustomer: [GONE] }), [
    ["drawTicket"],
    ["readCustomer", "cus_1"],
    ["recordObjects", 9, [GONE]],
  ]);
});

Deno.test("Trap 22: a customer that Stripe does not know is gone only if the account is ours", async () => {
  const calls = await look({ readCustomer: [null], readAccount: ["acct_1"], confirmAccount: [undefined] });
  assertEquals(calls.slice(2), [["readAccount"], ["confirmAccount", "acct_1"], ["recordObjects", 9, [GONE]]]);
});

Deno.test("Trap 22: with a key of another account nobody is retired", async () => {
  for (const answers of [{ confirmAccount: [AppError.notConfigured("another")] }, { readAccount: [new Error()] }]) {
    const { looking, calls } = looks({
      readCustomer: [null],
      readAccount: ["acct_2"],
      confirmAccount: [undefined],
      ...answers,
    });
    await assertRejects(() => looking);
    assertEquals(calls.some(([name]) => name === "recordObjects"), false);
  }
});

Deno.test("A customer without an email is described now", async () => {
  const calls = await look({ readCustomer: [NAMELESS], readProfile: [PROFILE], describeCustomer: [CUSTOMER] });
  assertEquals(calls.slice(2), [
    ["readProfile", USER],
    ["describeCustomer", "cus_1", PROFILE],
    ["recordObjects", 9, [CUSTOMER]],
  ]);
});

Deno.test("A customer whose user has no email either stays as it is", async () => {
  const calls = await look({ readCustomer: [NAMELESS], readProfile: [{ name: "Ada" }] });
  assertEquals(calls.slice(2), [["readProfile", USER], ["recordObjects", 9, [NAMELESS]]]);
});

Deno.test("A customer that is deleted between the look and its description is gone", async () => {
  const calls = await look({ readCustomer: [NAMELESS], readProfile: [PROFILE], describeCustomer: [null] });
  assertEquals(calls.at(-1), ["recordObjects", 9, [GONE]]);
});

Deno.test("Nothing is recorded when Stripe does not answer", async () => {
  const { looking, calls } = looks({ readCustomer: [AppError.stripeUnavailable(new Error())] });
  await assertRejects(() => looking, AppError);
  assertEquals(calls.map(([name]) => name), ["drawTicket", "readCustomer"]);
});
