import type { StoredAnswer } from "./core/idempotency.ts";
import type { Row } from "./core/table.ts";
import type { Kind, Kinds } from "./core/wire.ts";

/** Everything that outlives the process, as plain JSON; rows are in the order of their creation. */
export interface StripeState {
  objects: { [K in Kind]: Row<Kinds[K]>[] };
  idempotency: Record<string, StoredAnswer>;
}

/** The state of an account in which nothing has happened yet. */
export function emptyState(): StripeState {
  return { objects: { product: [], price: [], customer: [] }, idempotency: {} };
}
