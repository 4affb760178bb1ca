import { type ListPage, readAll } from "../page.ts";
import type { Resource, StripeObject } from "./resource.ts";

/** Everything that a product includes, as one object. https://docs.stripe.com/api/product-feature/list */
export const productFeatures: Resource<"product_features"> = {
  async retrieve(read, product) {
    const data = await readAll((page) => read<ListPage<StripeObject>>(["products", product, "features"], page));
    return {
      id: product,
      object: "product_features",
      features: { object: "list", data, has_more: false, url: `/v1/products/${product}/features` },
    } as StripeObject;
  },
};
