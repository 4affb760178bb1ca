import type { Store } from "../../core/store.ts";

/** A webhook endpoint whose secret the caller chooses. */
export interface LocalEndpoint {
  url: string;
  secret: string;
  /** The event types to send; `*` for all. */
  events: readonly string[];
}

const ID = "we_1LocalStripeEndpoint00000";

/** Registers the local endpoint, or updates the one of an earlier start. */
export function registerEndpoint(store: Store, { url, secret, events }: LocalEndpoint): void {
  const endpoints = store.tables.webhook_endpoint;
  const known = endpoints.live(ID);
  const endpoint = {
    id: ID,
    object: "webhook_endpoint" as const,
    api_version: null,
    application: null,
    created: store.time(),
    description: "This machine's stripe-webhook",
    livemode: false,
    metadata: {},
    status: "enabled",
    ...known,
    enabled_events: [...events],
    url,
  };
  store.webhookSecrets[ID] = secret;
  if (known) endpoints.replace(endpoint);
  else endpoints.add(endpoint);
}
