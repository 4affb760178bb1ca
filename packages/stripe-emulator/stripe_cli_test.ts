import { assertEquals } from "./testing/assert.ts";
import { stripe } from "./testing/stripe_cli.ts";
import { openAccount } from "./testing/account.ts";

Deno.test("the Stripe CLI creates, lists, gets, updates and deletes", async () => {
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

Deno.test("the Stripe CLI registers an endpoint and reads events", async () => {
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

Deno.test("the seed catalog loads by the Stripe CLI, and once more without a change", async () => {
  await using account = openAccount();
  const load = () => stripe(account.url, "fixtures", "scripts/stack/seed_catalog.json");
  const catalog = async () => ({
    products: await account.sdk.products.list({ limit: 100 }).autoPagingToArray({ limit: 100 }),
    prices: await account.sdk.prices.list({ limit: 100, expand: ["data.tiers", "data.currency_options"] })
      .autoPagingToArray({ limit: 100 }),
  });

  await load();
  const { products, prices } = await catalog();
  assertEquals([products.length, products.filter(({ active }) => !active).length], [7, 1]);
  assertEquals([prices.length, prices.filter(({ active }) => !active).length], [12, 1]);
  for (const product of products.filter(({ active }) => active)) {
    const price = prices.find(({ id }) => id === product.default_price);
    assertEquals([price?.product, price?.active], [product.id, true], `${product.name} has an active default price`);
  }
  assertEquals(prices.every(({ lookup_key }) => lookup_key !== null), true);
  assertEquals(new Set(prices.map(({ tiers_mode }) => tiers_mode)), new Set([null, "graduated", "volume"]));
  assertEquals(prices.some(({ currency_options }) => currency_options && "jpy" in currency_options), true);
  assertEquals(prices.filter(({ custom_unit_amount }) => custom_unit_amount).length, 1);
  assertEquals(prices.some(({ metadata }) => metadata.trial_period_days === "14"), true);

  await load();
  assertEquals(await catalog(), { products, prices });
});
