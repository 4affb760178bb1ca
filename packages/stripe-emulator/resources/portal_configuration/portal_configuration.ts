import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, integer, list, oneOf, optionalText, text } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { PortalConfiguration } from "../../core/wire.ts";

const proration = oneOf("always_invoice", "create_prorations", "none");
const features = fields({
  customer_update: fields({ allowed_updates: list(text, 10), enabled: boolean }, "enabled"),
  invoice_history: fields({ enabled: boolean }, "enabled"),
  payment_method_update: fields({ enabled: boolean }, "enabled"),
  subscription_cancel: fields({
    cancellation_reason: fields({ enabled: boolean, options: list(text, 10) }, "enabled"),
    enabled: boolean,
    mode: oneOf("at_period_end", "immediately"),
    proration_behavior: proration,
  }, "enabled"),
  subscription_update: fields({
    default_allowed_updates: list(oneOf("price", "promotion_code", "quantity"), 3),
    enabled: boolean,
    products: list(
      fields(
        {
          adjustable_quantity: fields({ enabled: boolean, maximum: integer(1), minimum: integer(0) }, "enabled"),
          prices: list(text, 50),
          product: text,
        },
        "prices",
        "product",
      ),
      10,
    ),
    proration_behavior: proration,
    trial_update_behavior: oneOf("continue_trial", "end_trial"),
  }, "enabled"),
});
type Features = ReturnType<typeof features>;

const writable = {
  business_profile: fields({ headline: optionalText, privacy_policy_url: text, terms_of_service_url: text }),
  default_return_url: optionalText,
  features,
  metadata,
  name: optionalText,
};
const create = fields(writable, "features");
const update = fields({ ...writable, active: boolean });
const listed = fields({ ...pageParams, active: boolean, is_default: boolean });

export const expansions: Expansions<PortalConfiguration> = {
  references: { application: null },
  included: {},
  // The SDK's type has it as optional, as every field that must be asked for.
  nested: ["features.subscription_update.products"],
};

/** https://docs.stripe.com/api/customer_portal/configurations; a control call makes one the default. */
export const portalConfiguration: Resource<
  "billing_portal.configuration",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "billing_portal.configuration",
  path: "/v1/billing_portal/configurations",
  idParam: "configuration",
  create: {
    params: create,
    run: (params, store) =>
      store.tables["billing_portal.configuration"].add({
        id: randomId("bpc_1", 23),
        object: "billing_portal.configuration",
        active: true,
        application: null,
        business_profile: profile(params.business_profile),
        created: store.time(),
        default_return_url: params.default_return_url || null,
        features: featuresOf(params.features),
        is_default: false,
        livemode: false,
        login_page: { enabled: false, url: null },
        metadata: mergeMetadata({}, params.metadata),
        name: params.name || null,
        updated: store.time(),
      }),
  },
  update: {
    params: update,
    run: (before, params, store) =>
      store.tables["billing_portal.configuration"].replace({
        ...before,
        active: params.active ?? before.active,
        ...(params.business_profile && { business_profile: profile(params.business_profile) }),
        ...(params.default_return_url !== undefined && { default_return_url: params.default_return_url || null }),
        ...(params.features && { features: { ...before.features, ...given(params.features) } }),
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
        ...(params.name !== undefined && { name: params.name || null }),
        updated: store.time(),
      }),
  },
  list: {
    params: listed,
    matches: ({ active, is_default }) => (one) =>
      (active === undefined || one.active === active) && (is_default === undefined || one.is_default === is_default),
  },
};

const profile = (params: ReturnType<typeof create>["business_profile"] = {}) => ({
  headline: params.headline || null,
  privacy_policy_url: params.privacy_policy_url ?? null,
  terms_of_service_url: params.terms_of_service_url ?? null,
});

/** All features: those that are not given are off. */
const featuresOf = (params: Features): PortalConfiguration["features"] => ({
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: { enabled: false, feedback_options: null, options: [] },
    enabled: false,
    mode: "at_period_end",
    proration_behavior: "none",
  },
  subscription_pause: { duration: { interval_options: [], type: "indefinite" }, enabled: false },
  subscription_update: updates({ enabled: false }),
  ...given(params),
});

/** The given features, each complete. */
function given({ customer_update, invoice_history, payment_method_update, ...params }: Features) {
  const { subscription_cancel: cancel, subscription_update: update } = params;
  return {
    ...(customer_update && { customer_update: { allowed_updates: [], ...customer_update } }),
    ...(invoice_history && { invoice_history }),
    ...(payment_method_update && {
      payment_method_update: { payment_method_configuration: null, ...payment_method_update },
    }),
    ...(cancel && {
      subscription_cancel: {
        mode: "at_period_end" as const,
        proration_behavior: "none" as const,
        ...cancel,
        cancellation_reason: { enabled: false, feedback_options: null, options: [], ...cancel.cancellation_reason },
      },
    }),
    ...(update && { subscription_update: updates(update) }),
  };
}

const updates = (
  { products, ...params }: NonNullable<Features["subscription_update"]>,
): PortalConfiguration["features"]["subscription_update"] => ({
  billing_cycle_anchor: null,
  default_allowed_updates: [],
  products: (products ?? []).map(({ adjustable_quantity: quantity, ...product }) => ({
    ...product,
    adjustable_quantity: { enabled: false, maximum: null, minimum: 1, ...quantity },
  })),
  proration_behavior: "none",
  schedule_at_period_end: { conditions: [] },
  trial_update_behavior: "end_trial",
  ...params,
});
