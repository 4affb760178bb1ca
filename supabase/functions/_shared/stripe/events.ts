import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { LIST_OPTIONS, type ListPage, pageAfter } from "./page.ts";

/**
 * A page of the events between two times (Unix seconds, both included); Stripe keeps them for 30 days.
 * https://docs.stripe.com/api/events/list
 */
export const listEvents = (
  created: { gte: number; lte: number },
  starting_after?: string,
): Promise<ListPage<Stripe.Event>> =>
  stripe((sdk) => sdk.events.list({ ...pageAfter(starting_after), created }, LIST_OPTIONS));
