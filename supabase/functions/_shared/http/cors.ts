import { corsHeaders as supabase } from "@supabase/supabase-js/cors";
import { isAllowedOrigin } from "../origins.ts";

/** What supabase-js, its other versions, HTTP caches and tracers such as Sentry's and OpenTelemetry's send from a browser. */
const ALLOWED = [
  supabase["Access-Control-Allow-Headers"],
  "x-region",
  "x-supabase-api-version",
  "if-none-match",
  "cache-control",
  "sentry-trace",
].join(", ");
const EXPOSED = "x-request-id, etag, retry-after, www-authenticate";
/** Seconds for which browsers cache a preflight; the longest that all of them accept. */
const MAX_AGE = "7200";

/** Sets the headers that let a page of an allowed origin read the response. */
export function setCorsHeaders(headers: Headers, request: Request, methods: string): void {
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === null || !isAllowedOrigin(origin)) return;

  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", EXPOSED);
  if (request.method !== "OPTIONS") return;
  headers.set("access-control-allow-methods", methods);
  headers.set("access-control-allow-headers", ALLOWED);
  headers.set("access-control-max-age", MAX_AGE);
}
