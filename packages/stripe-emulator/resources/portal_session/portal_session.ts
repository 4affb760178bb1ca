import { invalid, noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { fields, integer, list, oneOf, optionalText, text } from "../../core/params.ts";
import { creation, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PortalConfiguration, PortalSession, Subscription } from "../../core/wire.ts";
import { url } from "../shared/url.ts";
import { ENDED } from "../subscription/status.ts";

const ofSubscription = fields({ subscription: text }, "subscription");
const flowData = fields({
  after_completion: fields({
    hosted_confirmation: fields({ custom_message: text }),
    redirect: fields({ return_url: url }, "return_url"),
    type: oneOf("hosted_confirmation", "portal_homepage", "redirect"),
  }, "type"),
  subscription_cancel: ofSubscription,
  subscription_update: ofSubscription,
  subscription_update_confirm: fields(
    {
      items: list(fields({ id: text, price: text, quantity: integer(0) }, "id"), 1),
      subscription: text,
    },
    "items",
    "subscription",
  ),
  type: oneOf("payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm"),
}, "type");
type FlowData = ReturnType<typeof flowData>;

const create = fields({
  configuration: text,
  customer: text,
  flow_data: flowData,
  locale: optionalText,
  return_url: url,
}, "customer");

export const expansions: Expansions<PortalSession> = {
  references: { configuration: "billing_portal.configuration" },
  included: {},
  hidden: ["secret"],
};

/** https://docs.stripe.com/api/customer_portal/sessions; Stripe has no other call for them. */
export const portalSessionCalls = (all: AllExpansions): Route[] => [
  creation({
    kind: "billing_portal.session",
    path: "/v1/billing_portal/sessions",
    params: create,
    run(params, store) {
      if (!store.tables.customer.live(params.customer)) throw noSuch("customer", params.customer, "customer");
      const configuration = configurationOf(params.configuration, store);
      const flow = params.flow_data ? flowOf(params.flow_data, params.customer, configuration, store) : null;
      const secret = randomId("test_", 40);
      return store.tables["billing_portal.session"].add({
        id: randomId("bps_1", 23),
        object: "billing_portal.session",
        configuration: configuration.id,
        created: store.time(),
        customer: params.customer,
        customer_account: null,
        flow,
        livemode: false,
        locale: (params.locale || null) as PortalSession["locale"],
        on_behalf_of: null,
        return_url: params.return_url ?? configuration.default_return_url,
        url: `${store.origin}/p/session/${secret}`,
        secret,
      });
    },
  }, all),
];

function configurationOf(id: string | undefined, store: Store): PortalConfiguration {
  const table = store.tables["billing_portal.configuration"];
  const found = id === undefined ? table.find(({ is_default }) => is_default) : table.live(id);
  if (found?.active) return found;
  if (id !== undefined && !found) throw noSuch("configuration", id, "configuration");
  throw invalid(
    id === undefined
      ? "No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal."
      : `The configuration \`${id}\` is not active.`,
    id === undefined ? undefined : "configuration",
  );
}

/** Reads a flow. @throws StripeError when the configuration or the subscription does not allow it */
function flowOf(
  data: FlowData,
  customer: string,
  { id, features }: PortalConfiguration,
  store: Store,
): PortalSession["flow"] {
  const { after_completion: after, type } = data;
  const own = data[type as "subscription_cancel"];
  if (type === "payment_method_update") {
    if (!features.payment_method_update.enabled) throw disabled(type, "payment_method_update");
  } else if (!own) {
    throw invalid(`Missing required param: flow_data[${type}].`, `flow_data[${type}]`, "parameter_missing");
  } else {
    const feature = type === "subscription_cancel" ? type : "subscription_update";
    if (!features[feature].enabled) throw disabled(type, feature);
    const subscription = requireOwn(own.subscription, `flow_data[${type}][subscription]`, customer, store);
    if (type === "subscription_cancel") requireCancelable(subscription);
    else requireUpdatable(subscription, `flow_data[${type}][subscription]`);
    const items = data.subscription_update_confirm?.items ?? [];
    if (type === "subscription_update_confirm") requireOffered(subscription, items, id, features, store);
  }
  const confirm = type === "subscription_update_confirm" ? data.subscription_update_confirm : undefined;
  return {
    after_completion: {
      hosted_confirmation: after?.hosted_confirmation
        ? { custom_message: after.hosted_confirmation.custom_message ?? null }
        : null,
      redirect: after?.redirect ?? null,
      type: after?.type ?? "portal_homepage",
    },
    customer_update: null,
    subscription_cancel: type === "subscription_cancel" ? { retention: null, ...data.subscription_cancel! } : null,
    subscription_pause: null,
    subscription_update: type === "subscription_update" ? data.subscription_update! : null,
    subscription_update_confirm: confirm
      ? { discounts: null, ...confirm, items: confirm.items.map((item) => ({ price: null, ...item })) }
      : null,
    type,
  };
}

const disabled = (type: string, feature: string) =>
  invalid(
    `The flow \`${type}\` cannot be used because the feature \`${feature}\` in the portal configuration is disabled.`,
    "flow_data[type]",
  );

function requireOwn(id: string, param: string, customer: string, store: Store): Subscription {
  const subscription = store.tables.subscription.live(id);
  if (subscription?.customer !== customer) throw noSuch("subscription", id, param);
  if (ENDED.includes(subscription.status)) {
    throw invalid(`The subscription \`${id}\` has ended: its status is \`${subscription.status}\`.`, param);
  }
  return subscription;
}

function requireCancelable({ id, cancel_at }: Subscription): void {
  if (cancel_at === null) return;
  throw invalid(
    `The subscription \`${id}\` is already set to be canceled.`,
    "flow_data[subscription_cancel][subscription]",
  );
}

/** https://docs.stripe.com/customer-management#limitations */
export function requireUpdatable({ id, collection_method, items, schedule }: Subscription, param: string): void {
  const reason = collection_method === "send_invoice"
    ? "it uses the collection method `send_invoice`"
    : items.data.length > 1
    ? "it has multiple products"
    : schedule
    ? "it is managed by a subscription schedule"
    : undefined;
  if (reason) throw invalid(`The subscription \`${id}\` cannot be updated because ${reason}.`, param);
}

type Items = NonNullable<FlowData["subscription_update_confirm"]>["items"];

function requireOffered(
  { items }: Subscription,
  [change]: Items,
  configuration: string,
  { subscription_update }: PortalConfiguration["features"],
  store: Store,
): void {
  const param = "flow_data[subscription_update_confirm][items][0]";
  const item = items.data[0]!;
  if (change?.id !== item.id) throw noSuch("subscription item", change?.id ?? "", `${param}[id]`);
  const price = change.price ?? item.price.id;
  if (!store.tables.price.live(price)) throw noSuch("price", price, `${param}[price]`);
  if (price === item.price.id && (change.quantity ?? item.quantity) === item.quantity) {
    throw invalid("The update of the subscription changes nothing.", param);
  }
  const product = subscription_update.products?.find(({ prices }) => prices.includes(price));
  if (price !== item.price.id && !product) {
    throw invalid(
      `The item \`${item.id}\` cannot be updated to price \`${price}\` because the configuration \`${configuration}\` does not include the price in its \`features[subscription_update][products]\`.`,
      `${param}[price]`,
    );
  }
}
