/** One page of a list: `limit` (default 10, at most 500) and `offset`. */
export function pageOf<Item>(items: readonly Item[], query: URLSearchParams): Item[] {
  const from = Number(query.get("offset") ?? 0);
  return items.slice(from, from + Math.min(Number(query.get("limit") ?? 10), 500));
}

/** Newest first, as Clerk lists; `order_by=+created_at` reverses that. Expects the order of creation. */
export const ordered = <Item>(items: readonly Item[], query: URLSearchParams): Item[] =>
  query.get("order_by") === "+created_at" ? [...items] : items.toReversed();

export const queryOf = ({ req }: { req: { url: string } }): URLSearchParams => new URL(req.url).searchParams;

/** Whether a repeatable parameter names the value, or is absent. */
export function named(query: URLSearchParams, parameter: string, value: string): boolean {
  const values = query.getAll(parameter);
  return values.length === 0 || values.includes(value);
}
