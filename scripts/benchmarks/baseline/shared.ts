/** What the baseline functions share, like the samples' `_shared` folder. */
import { verifyToken } from "@clerk/backend";
import Stripe from "stripe";

export const corsHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "authorization, x-client-info, apikey, content-type",
};

const { protocol, hostname, port } = new URL(Deno.env.get("STRIPE_API_URL") ?? "https://api.stripe.com");

export const stripe = new Stripe(Deno.env.get("STRIPE_SECRET_KEY")!, {
  httpClient: Stripe.createFetchHttpClient(),
  protocol: protocol.slice(0, -1) as "http" | "https",
  host: hostname,
  port: port || 443,
  telemetry: false,
});

/** The Clerk id of the caller. */
export async function requireUser(request: Request): Promise<string> {
  const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? "";
  const { sub } = await verifyToken(token, {
    jwtKey: Deno.env.get("CLERK_JWT_KEY")!,
    authorizedParties: Deno.env.get("ALLOWED_ORIGINS")!.split(","),
  });
  return sub;
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...corsHeaders, "Content-Type": "application/json" },
  });
}

/** Answers preflight requests, and answers 400 on an error. */
export function serve(answer: (request: Request) => Promise<Response>) {
  return {
    async fetch(request: Request): Promise<Response> {
      if (request.method === "OPTIONS") return new Response("ok", { headers: corsHeaders });
      try {
        return await answer(request);
      } catch (error) {
        return json({ error: (error as Error).message }, 400);
      }
    },
  };
}

/** The parameters of both lists. */
export function readPage(request: Request) {
  const query = new URL(request.url).searchParams;
  return {
    limit: Number(query.get("limit") ?? 20),
    active: query.get("active") !== "false",
    starting_after: query.get("starting_after") ?? undefined,
  };
}

export function page<Item extends { id: string }>(data: Item[], has_more: boolean) {
  return { data, has_more, next_cursor: has_more ? data.at(-1)!.id : null };
}
