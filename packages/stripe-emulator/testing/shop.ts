import { openAccount } from "./account.ts";

const DAY = 24 * 60 * 60 * 1_000;

/** An account that sells one product at 10 dollars a month to a customer with the given card. */
export async function openShop(card: string | null = "pm_card_visa") {
  const account = openAccount();
  const { sdk } = account;
  const product = await sdk.products.create({ name: "Starter" });
  const priceOf = async (unit_amount: number, interval: "month" | "year" | "day" = "month", name = "Starter") =>
    await sdk.prices.create({
      ...(name === "Starter" ? { product: product.id } : { product_data: { name } }),
      currency: "usd",
      unit_amount,
      recurring: { interval },
    });
  const price = await priceOf(1_000);
  const customer = await sdk.customers.create({
    email: "ada@example.com",
    ...(card && { payment_method: card, invoice_settings: { default_payment_method: card } }),
  });

  /** The types of the events that an action emits, in order. */
  async function eventsOf(run: () => Promise<unknown>): Promise<string[]> {
    const latest = async () => (await account.get("/v1/events?limit=100")).body.data as { id: string; type: string }[];
    const before = new Set((await latest()).map(({ id }) => id));
    await run();
    return (await latest()).filter(({ id }) => !before.has(id)).map(({ type }) => type).toReversed();
  }
  return Object.assign(account, {
    product,
    price,
    customer,
    priceOf,
    eventsOf,
    subscribe: (params: Record<string, unknown> = {}) =>
      sdk.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], ...params }),
    /** Advances the clock and runs what is due. */
    async advanceDays(days: number): Promise<void> {
      account.clock.now += days * DAY;
      await account.get("/v1/account");
    },
  });
}

/** The fields of an error answer. */
export function refusal({ status, body }: { status: number; body: any }) {
  const { type, code, param, message } = body.error;
  return { status, type, ...(code && { code }), ...(param && { param }), message };
}
