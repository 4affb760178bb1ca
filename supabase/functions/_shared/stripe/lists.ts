import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { LISTING, type ListPage, PAGE } from "./page.ts";
import { type WholeSubscription, wholeSubscription } from "./whole_subscription.ts";

/** Every customer there is. https://docs.stripe.com/api/customers/list */
export const listCustomers = (starting_after?: string): Promise<ListPage<Stripe.Customer>> =>
  stripe((sdk) => sdk.customers.list({ ...PAGE, starting_after }, LISTING));

/** Of every status, each with all its items. https://docs.stripe.com/api/subscriptions/list */
export const listSubscriptions = (starting_after?: string): Promise<ListPage<WholeSubscription>> =>
  stripe(async (sdk) => {
    const { data, has_more } = await sdk.subscriptions.list({ ...PAGE, status: "all", starting_after }, LISTING);
    const whole: WholeSubscription[] = [];
    for (const subscription of data) whole.push(await wholeSubscription(sdk, subscription));
    return { data: whole, has_more };
  });

/** https://docs.stripe.com/api/invoices/list */
export const listInvoices = (starting_after?: string): Promise<ListPage<Stripe.Invoice>> =>
  stripe((sdk) => sdk.invoices.list({ ...PAGE, starting_after }, LISTING));

/**
 * What happened between two times (Unix seconds, both included), for 30 days. https://docs.stripe.com/api/events/list
 */
export const listEvents = (
  created: { gte: number; lte: number },
  starting_after?: string,
): Promise<ListPage<Stripe.Event>> => stripe((sdk) => sdk.events.list({ ...PAGE, created, starting_after }, LISTING));
