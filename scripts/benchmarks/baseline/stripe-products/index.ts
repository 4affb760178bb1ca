import { json, page, readPage, requireUser, serve, stripe } from "../shared.ts";

export default serve(async (request) => {
  await requireUser(request);
  const { data, has_more } = await stripe.products.list(readPage(request));
  const products = data.map((product) => ({
    id: product.id,
    name: product.name,
    description: product.description,
    active: product.active,
    images: product.images,
    marketing_features: product.marketing_features,
    default_price: product.default_price,
    unit_label: product.unit_label ?? null,
    url: product.url,
    metadata: product.metadata,
    created: product.created,
  }));
  return json(page(products, has_more));
});
