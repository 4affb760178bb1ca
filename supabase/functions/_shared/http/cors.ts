import { corsHeaders as supabase } from "@supabase/supabase-js/cors";
import { isAllowedOrigin } from "../origins.ts";

const ALLOWED = `${supabase["Access-Control-Allow-Headers"]}, x-region, if-none-match`;
const EXPOSED = "x-request-id, etag, retry-after, www-authenticate";
/** Browsers ask again after so many seconds at the latest. */
const MAX_AGE = "7200";

/** Sets what a browser needs to let a page of an allowed origin read the answer. */
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
