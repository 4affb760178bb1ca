/** What the tests of ensureCustomer share: gateways with given answers, and their objects. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted } from "./gateways.ts";
import type { Owner } from "../_shared/contract/owner.ts";
import { AppError } from "../_shared/errors.ts";
import { type CustomerGateways, ensureCustomer } from "../_shared/billing/customers/ensure_customer.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");

export const USER = { id: "user_ada", claims: {} };
export const ADA: Owner = { id: "user_ada", kind: "user" };
export const ACME: Owner = { id: "org_acme", kind: "organization" };
export const IDENTITY = { owner: ADA, deployment_id: "d-1" };
export const PROFILE = { email: "ada@example.com", name: "Ada" };
export const CREATE = { step: "create", generation: 1, deployment_id: "d-1", ticket: 7 };
export const LOOKUP = { ...CREATE, step: "lookup", created_from: 1_000, created_to: 2_000 };
export const RENEWED = { ...CREATE, generation: 2, ticket: 8 };
/** Another caller's lease of thirty seconds, which has just begun. */
export const WAIT = { step: "wait", retry_after: 31 };
export const CUSTOMER = { id: "cus_1", object: "customer" };
export const DESCRIBED = { ...CUSTOMER, ...PROFILE };
export const TOMBSTONE = { ...CUSTOMER, deleted: true };
export const FRESH = { object: CUSTOMER, fresh: true };
export const REPLAYED = { object: CUSTOMER, fresh: false };
export const FOUND = { customer: REPLAYED, last: null };
export const NONE = { customer: null, last: null };
export const WON = { customer_id: "cus_1", won: true };

/** Calls it with gateways that give these answers; profile and description are answered by default. */
export function ensure(answers: Answers, owner = ADA) {
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
export const stripeError = (type: string, code?: string) =>
  AppError.stripeUnavailable(Object.assign(new Error(), { type, code }));

/** An answer that arrives after the end of the lease. */
export function late<Answer>(answer: Answer) {
  return () => {
    passTime(30_000);
    return answer;
  };
}

export async function rejected(customer: Promise<unknown>, code: string): Promise<AppError> {
  const error = await assertRejects(() => customer, AppError);
  assertEquals(error.code, code);
  return error;
}
