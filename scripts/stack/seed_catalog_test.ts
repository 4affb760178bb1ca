/**
 * `seed_catalog.json` is a fixtures file of the Stripe CLI with nothing but Stripe's parameters, so it fills a real test
 * account as well. Products have fixed ids and prices have lookup keys: on a second run their creation fails with the
 * expected error, and prices are found by key. Stripe cannot change a price's amount: give a changed price a new key.
 */
import { assertEquals } from "@std/assert";
import Stripe from "stripe";
import { createStripe, emptyState } from "../../packages/stripe-emulator/mod.ts";
import { listen } from "../lib/listen.ts";
import { createProcesses } from "../lib/processes.ts";
import { STRIPE_SECRET_KEY as secretKey } from "../lib/project_keys.ts";
import { seedCatalog } from "./stripe_cli.ts";

Deno.test("the seed catalog, loaded twice by the Stripe CLI, is complete and the same after the second load", async () => {
  const now = Date.parse("2026-11-24T08:00:00Z");
  const emulator = createStripe(emptyState(), { secretKey, now: () => now });
  const server = listen(0, (request) => emulator.fetch(request));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => server.close());
  cleanup.defer(() => emulator.close());
  const sdk = new Stripe(secretKey, { protocol: "http", host: "127.0.0.1", port: server.port, telemetry: false });
  const load = () => seedCatalog({ url: server.url, secretKey, processes: createProcesses() });
  const catalog = async () => ({
    products: await sdk.products.list({ limit: 100 }).autoPagingToArray({ limit: 100 }),
    prices: await sdk.prices.list({ limit: 100, expand: ["data.tiers", "data.currency_options"] })
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
  assertEquals(prices.some(({ metadata }) => metadata.trial_days === "14"), true);

  await load();
  assertEquals(await catalog(), { products, prices });
});
