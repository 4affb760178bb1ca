import { invalid } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, list, optionalText, type Param, text } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { WebhookEndpoint } from "../../core/wire.ts";

/** https://docs.stripe.com/webhooks#register-webhook */
const MOST_ENDPOINTS = 16;

const url: Param<string> = (value, param) => {
  const address = text(value, param);
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
  throw invalid("Invalid URL: An explicit scheme (such as https) must be provided.", param, "url_invalid");
};

const eventType: Param<string> = (value, param) => {
  const type = text(value, param);
  if (/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)+)$/.test(type)) return type;
  throw invalid(`Invalid ${param}: must be the type of an event or *`, param);
};

const enabledEvents: Param<string[]> = (value, param) => {
  const types = list(eventType, 1_000)(value, param);
  if (types.length === 0) throw invalid(`Invalid ${param}: name at least one event`, param);
  if (types.length > 1 && types.includes("*")) {
    throw invalid("You may not pass other events when you enable all events with '*'.", param);
  }
  return types;
};

const writable = { description: optionalText, enabled_events: enabledEvents, metadata, url };
const create = fields({ ...writable, api_version: text, connect: boolean }, "enabled_events", "url");
const update = fields({ ...writable, disabled: boolean });
const listed = fields(pageParams);

export const expansions: Expansions<WebhookEndpoint> = { references: {}, included: {} };

/** https://docs.stripe.com/api/webhook_endpoints; only the answer of the creation has the secret. */
export const webhookEndpoint: Resource<
  "webhook_endpoint",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "webhook_endpoint",
  path: "/v1/webhook_endpoints",
  idParam: "webhook_endpoint",
  create: {
    params: create,
    run({ api_version = null, connect, description = null, enabled_events, metadata: change, url }, store) {
      if (connect) throw invalid("This account is no platform and has no connected accounts.", "connect");
      const endpoints = store.tables.webhook_endpoint;
      if (endpoints.all().length >= MOST_ENDPOINTS) {
        throw invalid(`You have reached the maximum of ${MOST_ENDPOINTS} test webhook endpoints.`);
      }
      const endpoint = endpoints.add({
        id: randomId("we_1", 23),
        object: "webhook_endpoint",
        api_version,
        application: null,
        created: store.time(),
        description,
        enabled_events,
        livemode: false,
        metadata: mergeMetadata({}, change),
        status: "enabled",
        url,
      });
      const secret = randomId("whsec_", 32);
      store.webhookSecrets[endpoint.id] = secret;
      return { ...endpoint, secret };
    },
  },
  update: {
    params: update,
    run: (endpoint, { disabled, metadata: change, ...params }, store) =>
      store.tables.webhook_endpoint.replace({
        ...endpoint,
        ...params,
        ...(disabled !== undefined && { status: disabled ? "disabled" : "enabled" }),
        metadata: mergeMetadata(endpoint.metadata, change),
      }),
  },
  list: { params: listed, matches: () => () => true },
  remove({ id }, store) {
    delete store.webhookSecrets[id];
    return store.tables.webhook_endpoint.remove(id);
  },
};
