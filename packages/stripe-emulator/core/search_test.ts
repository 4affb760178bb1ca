import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

async function openWithCustomers() {
  const account = openAccount();
  await account.control("search_lag", { seconds: 0 });
  for (
    const [name, email, user] of [["Ada", "ada@example.com", "u_1"], ["Bob", "bob@example.com", "u_2"], [
      "Cleo",
      "cleo@other.org",
      "",
    ]]
  ) {
    await account.post("/v1/customers", `name=${name}&email=${email}&metadata[user]=${user}&metadata[it's]=x`);
    account.clock.now += 1_000;
  }
  const names = async (query: string, more = "") => {
    const { status, body } = await account.get(`/v1/customers/search?query=${encodeURIComponent(query)}${more}`);
    return status === 200 ? body.data.map(({ name }: { name: string }) => name) : body.error.message;
  };
  return Object.assign(account, { names });
}

Deno.test("search finds a write after the index lag, and the earlier state until then", async () => {
  await using account = openAccount();
  const found = async (query: string) =>
    (await account.sdk.customers.search({ query })).data.map((customer) => customer.email);
  const { id } = await account.sdk.customers.create({ email: "old@example.com", metadata: { user: "u_1" } });
  account.clock.now += 59_999;
  assertEquals(await found("metadata['user']:'u_1'"), []);
  account.clock.now += 1;
  assertEquals(await found("metadata['user']:'u_1'"), ["old@example.com"]);
  await account.sdk.customers.update(id, { email: "new@example.com" });
  assertEquals(await found("email:'old@example.com'"), ["new@example.com"]);
  account.clock.now += 60_000;
  assertEquals(await found("email:'old@example.com'"), []);
  assertEquals(await found("email:'new@example.com'"), ["new@example.com"]);
  await account.sdk.customers.del(id);
  assertEquals(await found("email:'new@example.com'"), []);
});

Deno.test("within the index lag, search finds the state before the first of several writes", async () => {
  await using account = openAccount();
  const { id } = await account.sdk.customers.create({ name: "One" });
  account.clock.now += 60_000;
  await account.sdk.customers.update(id, { name: "Two" });
  await account.sdk.customers.update(id, { name: "Three" });
  const found = async (name: string) => (await account.sdk.customers.search({ query: `name:'${name}'` })).data.length;
  assertEquals([await found("One"), await found("Two"), await found("Three")], [1, 0, 0]);
  account.clock.now += 60_000;
  assertEquals([await found("One"), await found("Two"), await found("Three")], [0, 0, 1]);
});

const QUERIES: [query: string, names: string[]][] = [
  ["metadata['user']:'u_1'", ["Ada"]],
  ['metadata["user"]:"u_2"', ["Bob"]],
  ["metadata['it\\'s']:'x'", ["Cleo", "Bob", "Ada"]],
  ["metadata['user']:null", ["Cleo"]],
  ["-metadata['user']:null", ["Bob", "Ada"]],
  ["email:'ADA@example.com'", ["Ada"]],
  ["email~'example'", ["Bob", "Ada"]],
  ["name:'Ada' OR name:'Cleo'", ["Cleo", "Ada"]],
  ["email~'example' AND -name:'Bob'", ["Ada"]],
  ["created>=1795507201 created<1795507202", ["Bob"]],
];
for (const [query, names] of QUERIES) {
  Deno.test(`the search query ${query} finds ${names.join(" and ")}`, async () => {
    await using account = await openWithCustomers();
    assertEquals(await account.names(query), names);
  });
}

Deno.test("search answers pages that the SDK follows", async () => {
  await using account = await openWithCustomers();
  const { body } = await account.get(`/v1/customers/search?query=${encodeURIComponent("created>0")}&limit=2`);
  assertEquals([body.object, body.has_more, body.url], ["search_result", true, "/v1/customers/search"]);
  const all = await account.sdk.customers.search({ query: "created>0", limit: 2 }).autoPagingToArray({ limit: 10 });
  assertEquals(all.map(({ name }) => name), ["Cleo", "Bob", "Ada"]);
});

for (const query of ["", "nonsense", "shoe_size:'9'", "name:'a' AND name:'b' OR name:'c'", "created~'1234'"]) {
  Deno.test(`the search query '${query}' answers 400`, async () => {
    await using account = await openWithCustomers();
    const { status, body } = await account.get(`/v1/customers/search?query=${encodeURIComponent(query)}`);
    assertEquals([status, body.error.param], [400, "query"]);
  });
}

Deno.test("products and prices can be searched", async () => {
  await using account = openAccount();
  await account.control("search_lag", { seconds: 0 });
  await account.post("/v1/products", "id=prod_a&name=Alpha");
  const { body: price } = await account.post("/v1/prices", "product=prod_a&currency=usd&unit_amount=1&lookup_key=a");
  const products = await account.sdk.products.search({ query: "active:'true' AND name~'alph'" });
  const prices = await account.sdk.prices.search({ query: "lookup_key:'a'" });
  assertEquals([products.data[0]?.id, prices.data[0]?.id], ["prod_a", price.id]);
});
