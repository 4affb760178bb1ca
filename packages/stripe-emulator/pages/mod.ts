/** The pages that a person opens in a browser; the random id in a page's address is what permits it. */
import { Hono } from "hono";
import type { Store } from "../core/store.ts";
import { checkoutPages } from "./checkout.ts";
import { invoicePages } from "./invoice.ts";
import { portalPages } from "./portal.ts";

/** @param tick Runs what is due */
export const hostedPages = (store: Store, tick: () => void): Hono => {
  const pages = new Hono();
  for (const path of ["/c/*", "/i/*", "/p/*"]) {
    pages.use(path, async (context, next) => {
      tick();
      await next();
      context.header("cache-control", "no-store");
    });
  }
  return pages.route("/", checkoutPages(store)).route("/", invoicePages(store)).route("/", portalPages(store));
};
