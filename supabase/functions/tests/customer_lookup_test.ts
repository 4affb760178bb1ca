/** A lookup in an account that creates more customers than one lease is long enough to list. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { startCustomerStack } from "./customer_stack.ts";

const GROUPS = 14;
const GROUP = 25;

Deno.test("stripe-customer looks up a customer among many, a page for each lease, and resumes each time", async (t) => {
  await using stack = await startCustomerStack();

  /** Customers of others, of several seconds; Stripe's clock ends about half a minute later. */
  async function createOthers() {
    for (let group = 0; group < GROUPS; group++) {
      await Promise.all(Array.from({ length: GROUP }, () => stack.stripe.customers.create({})));
      await stack.advanceClock(2);
    }
  }

  /** Calls until the user has a customer. Each call lists one page, and its second page fails. */
  async function callUntilCreated(user: string) {
    const windows: number[] = [];
    for (let calls = 0; calls < GROUPS; calls++) {
      await stack.endLease(user);
      await stack.clearFaults();
      await stack.fault({ method: "GET", path: "/v1/customers", latency_ms: 1 });
      await stack.fault({ method: "GET", path: "/v1/customers", kind: "500", times: 2 });
      await stack.forgetStripeRequests();
      const response = await stack.ask(user);
      const lists = (await stack.stripeLog()).filter(({ method, path }) =>
        method === "GET" && path === "/v1/customers"
      );
      windows.push(Number(new URLSearchParams(lists[0]!.query).get("created[lte]")));
      if (response.status === 201) return { windows, ...await readAnswer(response, 201, Customer) };
      await readError(response, "stripe_unavailable");
    }
    throw new Error("The user has no customer after many calls");
  }

  for (const [what, kind] of [["that exists", "drop_after"], ["that does not exist", "drop"]] as const) {
    await t.step(`a customer ${what}`, async () => {
      const user = await stack.newUserWithEmail();
      await stack.fault({ method: "POST", path: "/v1/customers", kind });
      await stack.fail(user);
      const [made] = await stack.customersAtStripe(user);
      assertEquals(made !== undefined, kind === "drop_after");
      await createOthers();
      await stack.passMinute(user);

      const { windows, customer_id } = await callUntilCreated(user);
      await stack.clearFaults();
      assert(windows.length > 2, "It took several calls");
      for (const [call, window] of windows.slice(1).entries()) assertLess(window, windows[call]!);
      if (made) assertEquals(customer_id, made.id);
      await stack.assertOnlyCustomer(user, customer_id);
      assertEquals((await stack.mapping(user)).generation, made ? 1 : 2);
    });
  }
});
