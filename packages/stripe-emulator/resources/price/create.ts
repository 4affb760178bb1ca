import { invalid } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { boolean, fields, integer, oneOf, optionalText, type Param, record, text } from "../../core/params.ts";
import type { Store } from "../../core/store.ts";
import type { Price } from "../../core/wire.ts";
import { currency } from "../shared/currency.ts";
import { amountParams, currencyOptionParams, readAmounts } from "./amount_params.ts";

export const interval = oneOf("day", "month", "week", "year");
export const intervalCount = integer(1, 1_095);
export const usageType = oneOf("licensed", "metered");
export const currencyOptions = record(currency, currencyOptionParams);

/** The parameters of `prices.create` and of `default_price_data`. */
export const basePriceParams = { ...amountParams, currency, currency_options: currencyOptions, metadata };

export const priceParams = {
  ...basePriceParams,
  active: boolean,
  billing_scheme: oneOf("per_unit", "tiered"),
  nickname: optionalText,
  recurring: fields({
    interval,
    interval_count: intervalCount,
    meter: text,
    trial_period_days: integer(1, 730),
    usage_type: usageType,
  }, "interval"),
  tiers_mode: oneOf("graduated", "volume"),
  transform_quantity: fields({ divide_by: integer(1), round: oneOf("down", "up") }, "divide_by", "round"),
};

type Read<P> = P extends Param<infer T> ? T : never;
type PriceParams =
  & { [Name in keyof typeof priceParams]?: Read<(typeof priceParams)[Name]> }
  & { currency: string };

/** A new price, still without its product. @throws StripeError when the parameters contradict each other */
export function priceOf(params: PriceParams, store: Store): Price {
  const { billing_scheme = "per_unit", recurring, tiers_mode } = params;
  const tiered = billing_scheme === "tiered";
  if (tiered && !recurring) {
    throw invalid("Prices with `type=one_time` are not supported with tiered billing.", "interval");
  }
  if (tiered && !params.tiers) throw invalid("You must specify `tiers` when `billing_scheme=tiered`.", "tiers");
  if (tiered && !tiers_mode) throw invalid("You must specify `tiers_mode` when `billing_scheme=tiered`.", "tiers_mode");
  if (!tiered && (params.tiers || tiers_mode)) {
    throw invalid("You may only specify `tiers` and `tiers_mode` when `billing_scheme=tiered`.", "billing_scheme");
  }
  if (params.custom_unit_amount && recurring) {
    throw invalid("You cannot set `custom_unit_amount` for a recurring price.", "custom_unit_amount");
  }
  if (recurring?.usage_type === "metered") {
    throw invalid(
      "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters.",
      "recurring[usage_type]",
    );
  }
  const { tiers, ...amounts } = readAmounts(params);
  const own = { ...amounts, ...(tiers && { tiers }) };
  return {
    id: randomId("price_1", 23),
    object: "price",
    active: params.active ?? true,
    billing_scheme,
    created: store.time(),
    currency: params.currency,
    currency_options: { [params.currency]: own, ...readCurrencies(params.currency_options, params.currency) },
    livemode: false,
    lookup_key: null,
    metadata: mergeMetadata({}, params.metadata),
    nickname: params.nickname || null,
    product: "",
    recurring: recurring
      ? {
        interval: recurring.interval,
        interval_count: recurring.interval_count ?? 1,
        meter: recurring.meter ?? null,
        trial_period_days: recurring.trial_period_days ?? null,
        usage_type: recurring.usage_type ?? "licensed",
      }
      : null,
    tiers_mode: tiers_mode ?? null,
    transform_quantity: params.transform_quantity ?? null,
    type: recurring ? "recurring" : "one_time",
    ...own,
  };
}

export function readCurrencies(options: ReturnType<typeof currencyOptions> | undefined, own: string) {
  return Object.fromEntries(
    Object.entries(options ?? {}).map(([code, option]) => {
      const param = `currency_options[${code}]`;
      if (code === own) throw invalid("You may not specify the price's own currency in `currency_options`.", param);
      return [code, readAmounts(option, param)];
    }),
  );
}
