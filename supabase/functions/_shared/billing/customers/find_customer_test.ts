import { assertEquals, assertRejects } from "@std/assert";
import { type Calls, scripted } from "../../../tests/gateways.ts";
import type { Owner } from "../../contract/owner.ts";
import { AppError } from "../../errors.ts";
import { findCustomer } from "./find_customer.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");
const ADA: Owner = { id: "user_ada", kind: "user" };
const ACME: Owner = { id: "org_acme", kind: "organization" };

for (const owner of [ADA, ACME]) {
  Deno.test(`The customer of ${owner.id} is found without creating one`, async () => {
    const calls: Calls = [];
    const database = scripted<Parameters<typeof findCustomer>[1]["database"]>({ findCustomer: ["cus_1"] }, calls);
    assertEquals(await findCustomer(owner, { database }), { customer_id: "cus_1", livemode: false, created: false });
    assertEquals(calls, [["findCustomer", owner.id]]);
  });
}

Deno.test("An owner without a customer gets customer_not_found", async () => {
  const database = scripted<Parameters<typeof findCustomer>[1]["database"]>({ findCustomer: [null] }, []);
  const error = await assertRejects(() => findCustomer(ADA, { database }), AppError);
  assertEquals([error.code, error.status], ["customer_not_found", 404]);
});
