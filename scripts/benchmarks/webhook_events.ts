/** Signed events with complete payloads, for what exists at the Stripe of a stack. */
import { API_VERSION, sign } from "../../packages/stripe-emulator/mod.ts";
import { STRIPE_WEBHOOK_SECRET } from "../lib/project_keys.ts";
import type { BenchmarkStack } from "./benchmark_stack.ts";
import type { RequestSpec } from "./load/load_job.ts";

export interface StripeObject {
  readonly id: string;
  readonly object: string;
  readonly [field: string]: unknown;
}

type Kind = "products" | "prices" | "subscriptions";

const TYPES: Readonly<Record<string, string>> = {
  product: "product.updated",
  price: "price.updated",
  subscription: "customer.subscription.updated",
};

/** Reads the newest objects of a kind at Stripe. @throws Error when there are fewer */
export async function readObjects({ stripe }: BenchmarkStack, kind: Kind, count: number): Promise<StripeObject[]> {
  const headers = { authorization: `Bearer ${stripe.key}` };
  const objects: StripeObject[] = [];
  while (objects.length < count) {
    const last = objects.at(-1);
    const query = new URLSearchParams({ limit: "100", ...last && { starting_after: last.id } });
    const { data } = await (await fetch(`${stripe.url}/v1/${kind}?${query}`, { headers })).json();
    if (data.length === 0) throw new Error(`Stripe has ${objects.length} ${kind}, not ${count}`);
    objects.push(...data);
  }
  return objects.slice(0, count);
}

/** Subscriptions to the newest prices, each of a customer of its own. */
export async function createSubscriptions({ stripe, priceIds }: BenchmarkStack, count: number): Promise<void> {
  const headers = { authorization: `Bearer ${stripe.key}` };
  const create = async (path: string, params: Record<string, string>): Promise<{ id: string }> => {
    const response = await fetch(`${stripe.url}/v1/${path}`, {
      method: "POST",
      headers,
      body: new URLSearchParams(params),
    });
    if (!response.ok) throw new Error(`The Stripe emulator rejected a call: ${await response.text()}`);
    return await response.json();
  };
  for (let number = 0; number < count; number++) {
    const { id: customer } = await create("customers", {});
    await create("subscriptions", {
      ...{ customer, collection_method: "send_invoice", days_until_due: "7" },
      "items[0][price]": priceIds[number % priceIds.length]!,
    });
  }
}

/**
 * A new event for each object.
 *
 * @param created In seconds: the peer ignores events of an object that are not younger than those before
 */
export function createEvents(objects: readonly StripeObject[], created: number): RequestSpec {
  const time = Math.floor(Date.now() / 1_000);
  const events = objects.map((object) => {
    const body = JSON.stringify({
      id: `evt_${crypto.randomUUID().replaceAll("-", "")}`,
      object: "event",
      api_version: API_VERSION,
      created,
      data: { object, previous_attributes: { metadata: {} } },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type: TYPES[object.object],
    });
    return { body, signature: sign(body, STRIPE_WEBHOOK_SECRET, time) };
  });
  return { method: "POST", paths: ["/stripe-webhook"], tokens: [], events, status: 200 };
}
