import * as z from "zod/mini";
import { background } from "../../background.ts";
import { Cache, ISOLATE_LIFE } from "../../cache.ts";
import type * as catalog from "../../database/catalog.ts";
import { AppError } from "../../errors.ts";
import { fillCatalog, type FillGateways, type FillResult } from "./fill_catalog.ts";

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

/** A page in memory, and the version of the catalog before it was read. */
interface VersionedPage<Page> {
  page: Page;
  version: number;
}

export interface ListGateways extends FillGateways {
  database: FillGateways["database"] & Pick<typeof catalog, "readVersion">;
}

/**
 * A list with a cache of its pages. An isolate asks for the catalog's version at most twice a second for all of them, and
 * reads a page again only when the version has grown. The version is reloaded in the background until it is three
 * quarters of a second old, so that a change is visible within a second. While the database is unavailable, a page is
 * served as long as the isolate lives.
 *
 * @param shape The public shape of a page: other fields are dropped.
 */
export function createList<Query extends object, Page extends { data: object[] }>(shape: z.ZodMiniType<Page>) {
  const versions = new Cache<catalog.CatalogVersion>({
    size: 1,
    fresh: 0.5 * SECOND,
    stale: 0.75 * SECOND,
    rescue: ISOLATE_LIFE,
  });
  const pages = new Cache<VersionedPage<Page>>({
    size: MAX_OBJECTS,
    weigh: ({ page }) => weigh(page),
    fresh: ISOLATE_LIFE,
    rescue: ISOLATE_LIFE,
  });

  return (
    query: Query,
    read: (query: Query) => Promise<catalog.MirrorPage>,
    gateways: ListGateways,
  ): Page | Promise<Page> => {
    const key = keyOf(query);
    const load = async () => {
      const { data, has_more, next_cursor, version, catalog } = await readFilled(() => read(query), gateways);
      // So that the page is served even if the database is unavailable from now on.
      if (!versions.has("")) versions.set("", { version, catalog });
      return { page: z.parse(shape, { data, has_more, next_cursor }), version };
    };
    const current = ({ version }: { version: number }) => {
      return pageOf(pages.get(key, load, (known) => known.version >= version));
    };
    // A page that is read now is current, so it needs no version.
    if (!pages.has(key)) return pageOf(pages.get(key, load));
    const known = versions.get("", () => readVersion(gateways));
    return known instanceof Promise ? known.then(current) : current(known);
  };
}

const pageOf = <Page>(found: VersionedPage<Page> | Promise<VersionedPage<Page>>): Page | Promise<Page> =>
  found instanceof Promise ? found.then(({ page }) => page) : found.page;

async function readVersion(gateways: ListGateways): Promise<catalog.CatalogVersion> {
  const current = await gateways.database.readVersion();
  if (current.catalog === "due") void fillInBackground(gateways);
  return current;
}

function fillInBackground(gateways: FillGateways): Promise<FillResult> {
  const filling = fillCatalog(gateways);
  background("Filling the catalog", filling);
  return filling;
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
  if (page.catalog === "due") void fillInBackground(gateways);
  if (page.catalog !== "empty") return page;

  const result = await Promise.race([fillInBackground(gateways), pause(FILL_WAIT)]);
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
