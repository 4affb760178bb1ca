import { json, page, readPage, requireUser, serve, stripe } from "../shared.ts";

export default serve(async (request) => {
  await requireUser(request);
  const expand = ["data.tiers", "data.currency_options"];
  const { data, has_more } = await stripe.prices.list({ ...readPage(request), expand });
  const prices = data.map((price) => ({
    id: price.id,
    active: price.active,
    product: price.product,
    currency: price.currency,
    type: price.type,
    nickname: price.nickname,
    lookup_key: price.lookup_key,
    billing_scheme: price.billing_scheme,
    unit_amount: price.unit_amount,
    unit_amount_decimal: price.unit_amount_decimal,
    custom_unit_amount: price.custom_unit_amount,
    tax_behavior: price.tax_behavior,
    tiers: price.tiers ?? null,
    tiers_mode: price.tiers_mode,
    recurring: price.recurring,
    transform_quantity: price.transform_quantity,
    currency_options: price.currency_options ?? null,
    metadata: price.metadata,
    created: price.created,
  }));
  return json(page(prices, has_more));
});
