import { openAccount } from "../../testing/account.ts";
import { assertEquals, assertMatch } from "../../testing/assert.ts";

Deno.test("a new customer has every field of Stripe's", async () => {
  await using account = openAccount();
  const { status, body } = await account.post("/v1/customers", "email=ada@example.com&name=Ada&metadata[user]=u_1");
  assertEquals(status, 200);
  assertMatch(body.id, /^cus_\w{14}$/);
  assertMatch(body.invoice_prefix, /^[0-9A-Z]{8}$/);
  assertEquals(body, {
    id: body.id,
    object: "customer",
    address: null,
    balance: 0,
    created: 1795507200,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: "ada@example.com",
    invoice_prefix: body.invoice_prefix,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: { user: "u_1" },
    name: "Ada",
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  });
  assertEquals((await account.get(`/v1/customers/${body.id}`)).body, body);
});

Deno.test("a customer update changes the named fields, merges metadata and unsets empty values", async () => {
  await using account = openAccount();
  const { id } = await account.sdk.customers.create({
    email: "a@example.com",
    name: "A",
    metadata: { a: "1", b: "2" },
  });
  const updated = await account.sdk.customers.update(id, { name: "", metadata: { b: "", c: "3" } });
  assertEquals([updated.email, updated.name, updated.metadata], ["a@example.com", null, { a: "1", c: "3" }]);
  assertEquals((await account.sdk.customers.update(id, { metadata: "" })).metadata, {});
});

Deno.test("an address given in part is answered with every field", async () => {
  await using account = openAccount();
  const { address } = await account.sdk.customers.create({ address: { city: "Bonn", country: "DE" } });
  assertEquals(address, { city: "Bonn", country: "DE", line1: null, line2: null, postal_code: null, state: null });
});

Deno.test("a deleted customer answers as deleted, is not listed and cannot be changed", async () => {
  await using account = openAccount();
  const { id } = await account.sdk.customers.create({ email: "a@example.com" });
  const tombstone = { id, object: "customer", deleted: true };
  assertEquals((await account.call("DELETE", `/v1/customers/${id}`)).body, tombstone);
  const { lastResponse: _, ...retrieved } = await account.sdk.customers.retrieve(id);
  assertEquals(retrieved as unknown, tombstone);
  assertEquals((await account.get("/v1/customers")).body.data, []);
  for (const method of ["POST", "DELETE"]) {
    const { status, body } = await account.call(method, `/v1/customers/${id}`);
    assertEquals([status, body.error.code, body.error.message], [404, "resource_missing", `No such customer: '${id}'`]);
  }
});

Deno.test("customers are filtered by the exact email address and by the time of creation", async () => {
  await using account = openAccount();
  for (const email of ["a@example.com", "A@example.com", "b@example.com"]) {
    await account.post("/v1/customers", `email=${email}`);
    account.clock.now += 10_000;
  }
  const emails = async (query: string) =>
    (await account.get(`/v1/customers?${query}`)).body.data.map(({ email }: { email: string }) => email);
  assertEquals(await emails("email=a@example.com"), ["a@example.com"]);
  assertEquals(await emails("created=1795507210"), ["A@example.com"]);
  assertEquals(await emails("created[gte]=1795507200&created[lt]=1795507220"), ["A@example.com", "a@example.com"]);
  assertEquals(await emails("created[gt]=1795507210"), ["b@example.com"]);
});
