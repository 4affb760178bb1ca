import { assertEquals, assertRejects } from "@std/assert";
import { type Calls, scripted } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { findCustomer } from "./find_customer.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");
const USER = { id: "user_ada", sessionId: "sess_1", claims: {} };

Deno.test("A customer is found without creating one", async () => {
  const calls: Calls = [];
  const database = scripted<Parameters<typeof findCustomer>[1]["database"]>({ findCustomer: ["cus_1"] }, calls);
  assertEquals(await findCustomer(USER, { database }), { customer_id: "cus_1", livemode: false, created: false });
  assertEquals(calls, [["findCustomer", "user_ada"]]);
});

Deno.test("No customer is an error of its own", async () => {
  const database = scripted<Parameters<typeof findCustomer>[1]["database"]>({ findCustomer: [null] }, []);
  const error = await assertRejects(() => findCustomer(USER, { database }), AppError);
  assertEquals([error.code, error.status], ["customer_not_found", 404]);
});
