/** The desired state of a project's webhook endpoint at Stripe. https://docs.stripe.com/api/webhook_endpoints */
import type Stripe from "stripe";
import { STRIPE_API_VERSION, STRIPE_EVENTS } from "../../../supabase/functions/_shared/contract/stripe_events.ts";

export type Endpoint = Stripe.WebhookEndpoint;

/** Exactly the events of the event table. */
export const EVENTS = Object.keys(STRIPE_EVENTS) as Stripe.WebhookEndpointCreateParams.EnabledEvent[];

/** The metadata key with the SHA-256 of the STRIPE_WEBHOOK_SECRET that was stored for an endpoint. */
export const STORED_HASH = "stored_secret_sha256";

/** The URL at which a project receives Stripe's events. */
export const webhookUrl = (projectUrl: string): string => `${projectUrl}/functions/v1/stripe-webhook`;

/** The parameters of a new endpoint. Its API version cannot be changed later. */
export const endpointParams = (url: string) => ({
  url,
  enabled_events: EVENTS,
  api_version: STRIPE_API_VERSION as Stripe.WebhookEndpointCreateParams.ApiVersion,
  description: `Created by "npm run stripe:webhook"`,
  metadata: { [STORED_HASH]: "none" },
});

/** All endpoints that send to a URL, newest first. */
export async function listEndpoints(stripe: Stripe, url: string): Promise<Endpoint[]> {
  const all: Endpoint[] = [];
  for await (const endpoint of stripe.webhookEndpoints.list({ limit: 100 })) all.push(endpoint);
  return all.filter((endpoint) => endpoint.url === url);
}

/** Whether these scripts created the endpoint and manage its secret; otherwise it was created by hand. */
export const isManaged = ({ metadata }: Endpoint): boolean => STORED_HASH in metadata;

/** Describes how an endpoint's events differ from the event table. @returns undefined when they do not */
export function describeDifference({ enabled_events }: Endpoint): string | undefined {
  const enabled = new Set(enabled_events);
  const known = new Set<string>(EVENTS);
  const missing = EVENTS.filter((type) => !enabled.has(type));
  const extra = enabled_events.filter((type) => !known.has(type));
  const parts = [
    ...(missing.length > 0 ? [`missing ${abbreviate(missing)}`] : []),
    ...(extra.length > 0 ? [`unexpected ${abbreviate(extra)}`] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : undefined;
}

const abbreviate = (types: readonly string[]): string =>
  types.length > 3 ? `${types.slice(0, 2).join(", ")} and ${types.length - 2} more` : types.join(", ");
