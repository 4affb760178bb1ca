import Stripe from "stripe";
import type { openAccount } from "./account.ts";

type Account = ReturnType<typeof openAccount>;

/** An endpoint that records deliveries and answers `receiver.status`, 200 by default. */
export async function openReceiver(account: Account, events: string[] = ["*"]) {
  const received: { text: string; headers: Headers; event: Stripe.Event }[] = [];
  const receiver = { status: 200, received, waits: Promise.resolve() };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const text = await request.text();
    received.push({ text, headers: request.headers, event: JSON.parse(text) });
    await receiver.waits;
    return new Response(null, { status: receiver.status });
  });
  const url = `http://127.0.0.1:${server.addr.port}/hook`;
  const { id, secret } = await account.sdk.webhookEndpoints.create({ url, enabled_events: events as ["*"] });
  return {
    receiver,
    received,
    url,
    id,
    secret: secret!,
    types: () => received.map(({ event }) => event.type),
    names: () => received.map(({ event }) => (event.data.object as Stripe.Customer).name),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The delivery counters that are not 0. */
export async function counts(account: Account): Promise<Record<string, number>> {
  const { body } = await account.get("/_local/deliveries");
  return Object.fromEntries(Object.entries(body as Record<string, number>).filter(([, count]) => count > 0));
}

/** Waits until a condition holds, without a time limit of its own. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resume) => setTimeout(resume, 2));
}

/** Waits until no delivery is pending. */
export const settled = (account: Account) => until(async () => (await counts(account)).pending === undefined);
