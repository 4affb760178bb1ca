/** The example app on an address of its own: its files, its page for every other path, Clerk's Frontend API beside them. */
import { Hono } from "hono";
import { serveStatic } from "hono/deno";
import type { Handler } from "../../lib/listen.ts";
import { CLERK_PROXY } from "../../lib/web_app.ts";

export interface WebServerOptions {
  /** The build. */
  readonly folder: string;
  /** Answers requests below {@link CLERK_PROXY}, without that path; none where the app calls Clerk itself. */
  readonly clerk: Handler | undefined;
}

export function createWebServer({ folder, clerk }: WebServerOptions): Handler {
  const app = new Hono();
  if (clerk !== undefined) app.all(`${CLERK_PROXY}/*`, async (c) => await clerk(withoutProxyPath(c.req.raw)));
  // The name of a file contains the hash of its content.
  app.get(
    "/assets/*",
    serveStatic({
      root: folder,
      onFound: (_path, c) => c.header("cache-control", "public, max-age=31536000, immutable"),
    }),
    (c) => c.notFound(),
  );
  const uncached = (_path: string, c: { header(name: string, value: string): void }) =>
    c.header("cache-control", "no-cache");
  app.get("*", serveStatic({ root: folder, onFound: uncached }));
  app.get("*", serveStatic({ root: folder, path: "index.html", onFound: uncached }));
  return (request) => app.fetch(request);
}

function withoutProxyPath(request: Request): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(CLERK_PROXY.length);
  return new Request(url, request);
}
