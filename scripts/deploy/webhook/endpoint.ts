/** Stripe's webhook endpoint for a project, as it should be. https://docs.stripe.com/api/webhook_endpoints */
import type Stripe from "stripe";
import { STRIPE_API_VERSION, STRIPE_EVENTS } from "../../../supabase/functions/_shared/contract/stripe_events.ts";

export type Endpoint = Stripe.WebhookEndpoint;

/** The events that are asked for: the table's, and no others. */
export const EVENTS = Object.keys(STRIPE_EVENTS) as Stripe.WebhookEndpointCreateParams.EnabledEvent[];

/** Under this key an endpoint's metadata has the hash of the STRIPE_WEBHOOK_SECRET that was stored for it. */
export const STORED = "stored_secret_sha256";

/** Where a project takes Stripe's events. */
export const webhookUrl = (projectUrl: string): string => `${projectUrl}/functions/v1/stripe-webhook`;

/** What a new endpoint is created with. Its version can never be changed. */
export const wanted = (url: string) => ({
  url,
  enabled_events: EVENTS,
  api_version: STRIPE_API_VERSION as Stripe.WebhookEndpointCreateParams.ApiVersion,
  description: `Made by "npm run stripe:webhook"`,
  metadata: { [STORED]: "not yet" },
});

/** All endpoints that send to an address, the newest first. */
export async function listEndpoints(stripe: Stripe, url: string): Promise<Endpoint[]> {
  const all: Endpoint[] = [];
  for await (const endpoint of stripe.webhookEndpoints.list({ limit: 100 })) all.push(endpoint);
  return all.filter((endpoint) => endpoint.url === url);
}

/** Whether it was made here, and so its secret is the project's to keep; else somebody made it by hand. */
export const isOurs = ({ metadata }: Endpoint): boolean => STORED in metadata;

/** How an endpoint's events differ from the table's, in words; undefined when they do not. */
export function differenceOf({ enabled_events }: Endpoint): string | undefined {
  const there = new Set(enabled_events);
  const known = new Set<string>(EVENTS);
  const less = EVENTS.filter((type) => !there.has(type));
  const more = enabled_events.filter((type) => !known.has(type));
  const parts = [
    ...(less.length > 0 ? [`without ${some(less)}`] : []),
    ...(more.length > 0 ? [`with ${some(more)}`] : []),
  ];
  return parts.length > 0 ? parts.join(" and ") : undefined;
}

const some = (types: readonly string[]): string =>
  types.length > 3 ? `${types.slice(0, 2).join(", ")} and ${types.length - 2} more` : types.join(", ");
