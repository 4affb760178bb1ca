import * as z from "zod/mini";
import { background } from "../../background.ts";
import { Cache, ISOLATE_LIFE } from "../../cache.ts";
import type * as catalog from "../../database/catalog.ts";
import { AppError } from "../../errors.ts";
import { fillCatalog, type FillGateways } from "./fill_catalog.ts";

const SECOND = 1_000;
/** Milliseconds between two reads while another isolate fills for the first time; after the last, the answer is 503. */
const PAUSES = [100, 200, 300, 500, 500, 500, 500, 500, 500];
/** Milliseconds that a caller waits for a first fill of this isolate, which continues in the background. */
const FILL_WAIT = 8 * SECOND;

/** Objects in the cache: a few kilobytes each, of the 256 MB that the platform gives. */
const MAX_OBJECTS = 5_000;

/** The weight of a page without objects: its query and its serialized bytes. */
const EMPTY_PAGE = 20;

/** The number of objects in a page, nested ones included. */
function weigh(page: unknown): number {
  const { data } = page as { data: { prices?: unknown[] }[] };
  return data.reduce((count, { prices = [] }) => count + 1 + prices.length, EMPTY_PAGE);
}

/**
 * A list with a cache of its pages. A page is reloaded after a quarter of a second, in the background until it is three
 * quarters of a second old, so that a change is visible within a second. While the database is unavailable, a page is
 * served as long as the isolate lives.
 *
 * @param shape The public shape of a page: other fields are dropped.
 */
export function createList<Query extends object, Page extends { data: object[] }>(shape: z.ZodMiniType<Page>) {
  const pages = new Cache<Page>({
    size: MAX_OBJECTS,
    weigh,
    fresh: 0.25 * SECOND,
    stale: 0.75 * SECOND,
    rescue: ISOLATE_LIFE,
  });

  return (
    query: Query,
    read: (query: Query) => Promise<catalog.MirrorPage>,
    gateways: FillGateways,
  ): Page | Promise<Page> =>
    pages.get(keyOf(query), async () => {
      const { data, has_more, next_cursor } = await readFilled(() => read(query), gateways);
      return z.parse(shape, { data, has_more, next_cursor });
    });
}

const keys = new WeakMap<object, string>();

/** readInput gives equal queries as the same object, so each is serialized once. */
function keyOf(query: object): string {
  let key = keys.get(query);
  if (key === undefined) keys.set(query, key = JSON.stringify(query));
  return key;
}

/** A page of a catalog that was listed to its end at least once. A due fill runs in the background. */
async function readFilled(
  read: () => Promise<catalog.MirrorPage>,
  gateways: FillGateways,
): Promise<catalog.MirrorPage> {
  let page = await read();
  if (page.catalog === "due") {
    background("Filling the catalog", fillCatalog(gateways));
  }
  if (page.catalog !== "empty") return page;

  const filling = fillCatalog(gateways);
  background("Filling the catalog", filling);
  const result = await Promise.race([filling, pause(FILL_WAIT)]);
  // The next call resumes at once: no other isolate is filling.
  if (result === "more") throw AppError.catalogFilling(1);
  for (const milliseconds of PAUSES) {
    page = await read();
    if (page.catalog !== "empty") return page;
    await pause(milliseconds);
  }
  throw AppError.catalogFilling();
}

const pause = (milliseconds: number) => new Promise<void>((resume) => setTimeout(resume, milliseconds));
