import type { ReadOptions } from "./read.ts";

/** One page of a list, newest first. */
export interface ListPage<Item> {
  data: Item[];
  has_more: boolean;
}

/** When the objects of a list were created, in Unix seconds. */
export interface Created {
  gte?: number;
  lt?: number;
}

/** A page of the largest size that Stripe allows. https://docs.stripe.com/api/pagination */
export const pageAfter = (starting_after?: string) => ({ limit: 100, starting_after });

/**
 * Every item of a list, page by page.
 *
 * @param beforeRead Called before each page but the first.
 */
export async function readAll<Item extends { id: string }>(
  read: (page: ReturnType<typeof pageAfter>) => Promise<ListPage<Item>>,
  beforeRead: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const { data, has_more } = await read(pageAfter(all.at(-1)?.id));
    all.push(...data);
    if (!has_more || data.length === 0) return all;
    await beforeRead();
  }
}

/** No caller waits for a list, so it may take longer than other requests and is retried once more. */
export const LIST_OPTIONS: ReadOptions = { timeout: 10_000, maxNetworkRetries: 2 };
