/** The client with the real supabase-js against a stack: from the catalog to a paid, changed and canceled plan. */
import { assert, assertEquals } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { type AnyCatalog, type Billing, createBilling } from "../../packages/client/mod.ts";
import { createTestStack } from "../testbed/client.ts";

Deno.test("the client with supabase-js", async (t) => {
  await using stack = await createTestStack({ seed: true, webhook: true });
  const open = async (user: string): Promise<Billing<AnyCatalog>> => {
    const token = await stack.signIn(user);
    return createBilling(createClient(stack.url, stack.publishable_key, { accessToken: () => Promise.resolve(token) }));
  };
  const billing = await open("ada");

  await t.step("products.page and products.all list the catalog", async () => {
    const { data, next_cursor } = await billing.products.page({ limit: 2, expand: ["prices"] });
    assertEquals(data.map(({ prices }) => Array.isArray(prices)), [true, true]);
    assert(next_cursor !== null);
    const names = [];
    for await (const { name } of billing.products.all({ limit: 2 })) names.push(name);
    assert(names.length > 2, names.join());
  });

  await t.step("subscription.get says that nothing was bought", async () => {
    const state = await billing.subscription.get();
    assertEquals([state.status, state.access, state.hasEntitlement("reports")], ["none", false, false]);
  });
});
