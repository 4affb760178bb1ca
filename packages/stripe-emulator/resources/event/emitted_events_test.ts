import { assertEquals } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;
type States = Map<string, any>;

const LISTS = ["customers", "products", "prices", "subscriptions", "invoices"];
const CARDS = ["pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_threeDSecure2Required"];
const SUMMARY = "entitlements.active_entitlement_summary.updated";

/** Reproducible pseudo-random numbers. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed * 2_654_435_761 % 2 ** 32;
  return (limit) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor(state / 2 ** 32 * limit);
  };
}

async function everyPage(shop: Shop, path: string): Promise<any[]> {
  const found: any[] = [];
  while (true) {
    const after = found.length > 0 ? `&starting_after=${found.at(-1).id}` : "";
    const { body } = await shop.get(`${path}limit=100${after}`);
    found.push(...body.data);
    if (!body.has_more) return found;
  }
}

/** Every object and entitlement list, without the prices inside subscriptions, which change without an event. */
async function readAll(shop: Shop): Promise<States> {
  const states: States = new Map();
  for (const list of LISTS) {
    for (const object of await everyPage(shop, `/v1/${list}?${list === "subscriptions" ? "status=all&" : ""}`)) {
      states.set(object.id, withoutPrices(object));
      if (list !== "customers") continue;
      const entitlements = await everyPage(shop, `/v1/entitlements/active_entitlements?customer=${object.id}&`);
      states.set(`entitlements of ${object.id}`, entitlements);
    }
  }
  return states;
}

function withoutPrices(object: any) {
  if (object.object !== "subscription") return object;
  const data = object.items.data.map(({ price, plan: _, ...item }: any) => ({ ...item, price: price.id }));
  return { ...object, items: { ...object.items, data } };
}

/** The last state of each object in the events, or null after its deletion. */
function lastStates(events: any[]): States {
  const last: States = new Map();
  for (const { type, data: { object } } of events) {
    if (type === SUMMARY) last.set(`entitlements of ${object.customer}`, object.entitlements.data);
    else if (object.id) {
      last.set(
        object.id,
        type.endsWith(".deleted") && type !== "customer.subscription.deleted" ? null : withoutPrices(object),
      );
    }
  }
  return last;
}

/** One random call or clock change; a refusal is fine. */
async function actAtRandom(shop: Shop, random: (limit: number) => number): Promise<void> {
  const pick = async (path: string) => {
    const { data } = (await shop.get(`${path}limit=10`)).body;
    return data[random(data.length)] ?? { id: "none", items: { data: [{ id: "none" }] } };
  };
  const customer = async () => (await pick("/v1/customers?")).id;
  const subscription = () => pick("/v1/subscriptions?status=all&");
  const invoice = async () => (await pick("/v1/invoices?")).id;
  const price = async () => (await pick("/v1/prices?type=recurring&active=true&")).id;
  const of = async (body: string) => `${body}&customer=${await customer()}`;
  const acts: (() => Promise<unknown>)[] = [
    () => shop.post("/v1/customers", `name=A&payment_method=${CARDS[random(3)]}`),
    async () => shop.post(`/v1/customers/${await customer()}`, `name=B${random(9)}`),
    async () => {
      const [id, card] = [await customer(), CARDS[random(3)]];
      await shop.post(`/v1/customers/${id}`, `invoice_settings[default_payment_method]=${card}`);
    },
    async () => random(3) === 0 && shop.call("DELETE", `/v1/customers/${await customer()}`),
    async () => shop.post("/v1/subscriptions", await of(`items[0][price]=${await price()}`)),
    async () =>
      shop.post("/v1/subscriptions", await of(`items[0][price]=${await price()}&trial_period_days=${1 + random(20)}`)),
    async () =>
      shop.post(
        "/v1/subscriptions",
        await of(`items[0][price]=${await price()}&collection_method=send_invoice&days_until_due=3`),
      ),
    async () => {
      const { id, items } = await subscription();
      const change = [`quantity]=${random(5)}`, `price]=${await price()}`, "deleted]=true"][random(3)];
      const behavior = ["none", "create_prorations", "always_invoice"][random(3)];
      await shop.post(
        `/v1/subscriptions/${id}`,
        `items[0][id]=${items.data[0].id}&items[0][${change}&proration_behavior=${behavior}`,
      );
    },
    async () => shop.post("/v1/subscription_items", `subscription=${(await subscription()).id}&price=${await price()}`),
    async () => shop.post(`/v1/subscriptions/${(await subscription()).id}`, `cancel_at_period_end=${random(2) === 0}`),
    async () => shop.post(`/v1/subscriptions/${(await subscription()).id}`, "trial_end=now"),
    async () => shop.post(`/v1/subscriptions/${(await subscription()).id}`, "pause_collection[behavior]=void"),
    async () => shop.call("DELETE", `/v1/subscriptions/${(await subscription()).id}`),
    async () => shop.post("/v1/invoiceitems", await of(`amount=${random(900) - 300}&currency=usd`)),
    async () => shop.post("/v1/invoices", await of("pending_invoice_items_behavior=include&auto_advance=true")),
    async () =>
      shop.post(`/v1/invoices/${await invoice()}/${["finalize", "pay", "void", "mark_uncollectible"][random(4)]}`),
    async () => shop.call("DELETE", `/v1/invoices/${await invoice()}`),
    async () => shop.post(`/v1/prices/${await price()}`, `nickname=n${random(9)}`),
    async () => {
      const feature = (await shop.post("/v1/entitlements/features", `lookup_key=k${random(1e6)}&name=f`)).body.id;
      await shop.post(`/v1/products/${(await pick("/v1/products?")).id}/features`, `entitlement_feature=${feature}`);
    },
    () => shop.priceOf(100 + random(900), (["day", "month"] as const)[random(2)], `P${random(99)}`),
    () => shop.advanceDays(random(6)),
    () => shop.advanceDays(random(3) === 0 ? 28 : 1),
  ];
  await acts[random(acts.length)]!();
}

for (let seed = 1; seed <= 4; seed++) {
  Deno.test(`every change emits an event with the object's current state, random actions ${seed}`, async () => {
    await using shop = await openShop();
    const random = randomNumbers(seed);
    let before = await readAll(shop);
    for (let step = 0; step < 60; step++) {
      const seen = new Set((await everyPage(shop, "/v1/events?")).map(({ id }) => id));
      await actAtRandom(shop, random);
      const after = await readAll(shop);
      const events = (await everyPage(shop, "/v1/events?")).filter(({ id }) => !seen.has(id)).toReversed();
      const last = lastStates(events);
      for (const [id, object] of after) {
        const changed = JSON.stringify(before.get(id) ?? []) !== JSON.stringify(object);
        if (changed) {
          assertEquals(
            last.get(id),
            id.startsWith("entitlements") ? object.slice(0, 10) : object,
            `${id} at step ${step}`,
          );
        }
      }
      for (const id of before.keys()) {
        if (!after.has(id) && !id.startsWith("entitlements")) assertEquals(last.get(id), null, `${id} at step ${step}`);
      }
      before = after;
    }
  });
}
