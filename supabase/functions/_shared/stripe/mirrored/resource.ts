import type Stripe from "stripe";
import type { ListedKind, MirroredKind } from "../../contract/mirrored_kinds.ts";
import type { ListPage, pageAfter } from "../page.ts";

/** An object as the mirror keeps it: Stripe's own, or `{ id, object, deleted: true }`. */
export interface StripeObject {
  id: string;
  object: string;
}

/** How a kind is read from Stripe. */
export type Resource<Kind extends MirroredKind> = Kind extends ListedKind ? Retrieved & Listed : Retrieved;

interface Retrieved {
  /** The object as it is now, with every list inside it complete. */
  retrieve(sdk: Stripe, id: string): Promise<StripeObject>;
}

interface Listed {
  /** A page of all objects, each as `retrieve` gives it. */
  list(
    sdk: Stripe,
    page: ReturnType<typeof pageAfter>,
    options: Stripe.RequestOptions,
  ): Promise<ListPage<StripeObject>>;
}
