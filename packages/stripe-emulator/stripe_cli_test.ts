import { openAccount } from "./testing/account.ts";
import { assertEquals } from "./testing/assert.ts";
import { stripe } from "./testing/stripe_cli.ts";

Deno.test("the Stripe CLI creates, lists, gets, updates and deletes objects", async () => {
  await using account = openAccount();
  const { url } = account;
  const customer = await stripe(url, "customers", "create", "--email", "ada@example.com", "-d", "metadata[user]=u_1");
  assertEquals([customer.object, customer.metadata], ["customer", { user: "u_1" }]);
  assertEquals((await stripe(url, "get", customer.id)).email, "ada@example.com");
  assertEquals((await stripe(url, "customers", "update", customer.id, "--name", "Ada")).name, "Ada");
  const deleted = await stripe(url, "customers", "delete", customer.id, "--confirm");
  assertEquals(deleted, { id: customer.id, object: "customer", deleted: true });

  const product = await stripe(url, "products", "create", "--name", "Starter");
  const price = await stripe(
    url,
    "prices",
    "create",
    "--product",
    product.id,
    "--currency",
    "usd",
    "--unit-amount",
    "900",
  );
  assertEquals((await stripe(url, "products", "list", "--limit", "1")).data, [product]);
  assertEquals((await stripe(url, "prices", "list", "--expand", "data.product")).data, [{ ...price, product }]);
  assertEquals((await stripe(url, "get", "/v1/account")).object, "account");
});

Deno.test("the Stripe CLI creates a webhook endpoint and reads events", async () => {
  await using account = openAccount();
  const { url } = account;
  const hook = ["--url", "https://example.com/hook", "--enabled-events", "customer.created"];
  const endpoint = await stripe(url, "webhook_endpoints", "create", ...hook);
  assertEquals([endpoint.object, endpoint.enabled_events], ["webhook_endpoint", ["customer.created"]]);
  const deleted = await stripe(url, "webhook_endpoints", "delete", endpoint.id, "--confirm");
  assertEquals(deleted, { id: endpoint.id, object: "webhook_endpoint", deleted: true });

  const { body: customer } = await account.post("/v1/customers", "name=A");
  const { data: [event] } = await stripe(url, "events", "list", "--type", "customer.created");
  assertEquals(event.data.object, customer);
  assertEquals(await stripe(url, "get", event.id), event);
});

Deno.test("stripe fixtures run twice creates the catalog once and leaves it as it was", async () => {
  await using account = openAccount();
  const file = new URL("./testing/catalog.json", import.meta.url).pathname;
  const load = () => stripe(account.url, "fixtures", file);
  const catalog = async () => ({
    products: (await account.sdk.products.list()).data,
    prices: (await account.sdk.prices.list({ expand: ["data.tiers", "data.currency_options"] })).data,
  });

  await load();
  const { products, prices } = await catalog();
  assertEquals(products.map(({ id, name }) => [id, name]), [["prod_team", "Team"]]);
  assertEquals(prices.map(({ lookup_key, tiers_mode }) => [lookup_key, tiers_mode]), [
    ["team_tiered", "graduated"],
    ["team_monthly", null],
  ]);
  assertEquals(products[0]!.default_price, prices[1]!.id);
  assertEquals(Object.keys(prices[1]!.currency_options!), ["usd", "eur"]);

  await load();
  assertEquals(await catalog(), { products, prices });
});
