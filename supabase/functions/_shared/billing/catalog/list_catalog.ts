import * as z from "zod/mini";
import { background } from "../../background.ts";
import { Cache } from "../../cache.ts";
import type * as database from "../../database/catalog.ts";
import { AppError } from "../../errors.ts";
import { fillCatalog, type FillGateways } from "./fill_catalog.ts";

const SECOND = 1_000;
/** Milliseconds between two looks whether somebody else's first fill is done; after the last, the caller is asked to come back. */
const PAUSES = [100, 200, 300, 500, 500, 500, 500, 500, 500];
/** Milliseconds that a caller waits for a first fill of this isolate; it goes on behind the answer. */
const PATIENCE = 8 * SECOND;

/** In the memory of pages: a few kilobytes each, of the 256 MB that the platform gives. */
const MOST_OBJECTS = 5_000;

/** What a page costs, and its query and prepared bytes, when there is nothing in it. */
const EMPTY_PAGE = 20;

/** The objects of a page, those inside of others too. */
function objectsIn(page: unknown): number {
  const { data } = page as { data: { prices?: unknown[] }[] };
  return data.reduce((count, { prices = [] }) => count + 1 + prices.length, EMPTY_PAGE);
}

/**
 * One of the two lists, through a memory of pages: each is read again after a quarter of a second, and waited for when it
 * is older than three quarters, so that a change is seen within a second; served for an hour while the database is away.
 *
 * @param shape What a page looks like to callers: it drops what we do not promise.
 */
export function createList<Query extends object, Page extends { data: object[] }>(shape: z.ZodMiniType<Page>) {
  const pages = new Cache<Page>({
    size: MOST_OBJECTS,
    weigh: objectsIn,
    fresh: 0.25 * SECOND,
    stale: 0.75 * SECOND,
    rescue: 3_600 * SECOND,
  });

  return (
    query: Query,
    read: (query: Query) => Promise<database.MirrorPage>,
    gateways: FillGateways,
  ): Page | Promise<Page> =>
    pages.get(keyOf(query), async () => {
      const { data, has_more, next_cursor } = await readFilled(() => read(query), gateways);
      return z.parse(shape, { data, has_more, next_cursor });
    });
}

const keys = new WeakMap<object, string>();

/** A query that is asked again is the same object again, see readInput. */
function keyOf(query: object): string {
  let key = keys.get(query);
  if (key === undefined) keys.set(query, key = JSON.stringify(query));
  return key;
}

/** A page of a catalog that was listed to its end at least once; when that is a while ago, it is listed again meanwhile. */
async function readFilled(
  read: () => Promise<database.MirrorPage>,
  gateways: FillGateways,
): Promise<database.MirrorPage> {
  let page = await read();
  if (page.catalog === "due") {
    background("Filling the catalog", fillCatalog(gateways));
  }
  if (page.catalog !== "empty") return page;

  const filling = fillCatalog(gateways);
  background("Filling the catalog", filling);
  await Promise.race([filling, pause(PATIENCE)]);
  for (const milliseconds of PAUSES) {
    page = await read();
    if (page.catalog !== "empty") return page;
    await pause(milliseconds);
  }
  throw AppError.catalogFilling();
}

const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));
