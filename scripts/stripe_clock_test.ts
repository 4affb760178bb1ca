import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { announceStack } from "./deploy/testing/announce_stack.ts";
import { runCommandLine } from "./deploy/testing/run_command_line.ts";
import { startTestStack } from "./deploy/testing/test_stack.ts";

Deno.test("stripe:clock moves the local Stripe a month on: a subscription is renewed, and a checkout can be opened", async () => {
  await using stack = await startTestStack({ webhook: true });
  using announced = announceStack(stack);
  const clock = (...args: string[]) => runCommandLine("stripe:clock", [...args, "--port", announced.port]);
  const stripe = async (path: string, params: Record<string, string>) => {
    const response = await fetch(`${stack.stripe_url}/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.stripe_secret_key}` },
      body: new URLSearchParams(params),
    });
    return await response.json();
  };
  const { id: product } = await stripe("products", { name: "Pro" });
  const monthly = { product, currency: "usd", unit_amount: "900", "recurring[interval]": "month" };
  const { id: price } = await stripe("prices", monthly);
  const { id: customer } = await stripe("customers", { name: "Ada" });
  const { id } = await stripe("subscriptions", {
    ...{ customer, collection_method: "send_invoice", days_until_due: "7" },
    "items[0][price]": price,
  });

  const before = await clock();
  assertEquals(before.code, 0, before.output);
  assertMatch(before.output, /^It is 20\S+Z at the local Stripe\n$/);
  assertEquals((await clock("+1month")).code, 0);
  assertEquals((await clock("+1hour")).code, 0);
  const count =
    `select count(*)::int as n from stripe_invoices where data #>> '{parent,subscription_details,subscription}' = '${id}'`;
  for (let n = 0; (await stack.sql(count))[0]!.n !== 2; n++) {
    if (n > 1_500) throw new Error("The renewal's invoice is not mirrored");
    await new Promise((resume) => setTimeout(resume, 20));
  }

  const body = { price, success_url: "http://localhost:3000/done", cancel_url: "http://localhost:3000/" };
  const opened = await stack.call("stripe-checkout", { method: "POST", token: await stack.signIn("ada"), body });
  assertEquals([opened.status, (await opened.json()).mode], [201, "subscription"]);

  const refused = await clock("yesterday");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.output, 'Invalid step "yesterday"');
});
