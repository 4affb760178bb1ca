import type { DataApi } from "../data_api.ts";
import { type Exchange, signDataApiToken, TokenRefused } from "./token_exchange.ts";

const EXPOSED =
  "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Preference-Applied, Server, Transfer-Encoding, Range-Unit";

export interface RouteOptions {
  readonly dataApi: DataApi;
  readonly exchange: Exchange;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Signs the tokens for the Data API. */
  readonly jwtSecret: string;
}

/**
 * The route `/rest/v1`: it requires an API key of the project, and takes the role from the user's token, if there is one.
 * https://supabase.com/docs/guides/api/api-keys
 */
export function createDataApiRoute({ dataApi, exchange, publishableKey, secretKey, jwtSecret }: RouteOptions) {
  const roles = new Map([[publishableKey, "anon"], [secretKey, "service_role"]]);

  /** @throws TokenRefused */
  async function authenticate(request: Request, apiKey: string, role: string): Promise<Request> {
    const [, bearer] = request.headers.get("authorization")?.match(/^Bearer +(.+)$/i) ?? [];
    // supabase-js sends the key twice when no user is signed in (its src/lib/fetch.ts); any other bearer must be a token.
    const anonymous = bearer === undefined || bearer === apiKey;
    const headers = new Headers(request.headers);
    headers.set("apikey", publishableKey);
    const token = anonymous ? await signDataApiToken({ role }, jwtSecret) : await exchange(bearer);
    headers.set("authorization", `Bearer ${token}`);
    return new Request(request, { headers });
  }

  return async (request: Request): Promise<Response> => {
    if (request.method === "OPTIONS") return preflight(request);
    const apiKey = request.headers.get("apikey") ?? new URL(request.url).searchParams.get("apikey");
    if (apiKey === null) {
      return refuse(401, {
        message: "No API key found in request",
        hint: "No `apikey` request header or url param was found.",
      });
    }
    const role = roles.get(apiKey);
    if (role === undefined) {
      return refuse(401, {
        message: "Invalid API key",
        hint: "Double check your Supabase `anon` or `service_role` API key.",
      });
    }
    try {
      return withCors(await dataApi.fetch(await authenticate(request, apiKey, role)));
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      const { code, message } = error;
      const challenge = `Bearer error="invalid_token", error_description="${message}"`;
      return refuse(401, { code, details: null, hint: null, message }, { "www-authenticate": challenge });
    }
  };
}

const refuse = (status: number, body: Record<string, unknown>, headers: HeadersInit = {}) =>
  withCors(Response.json(body, { status, headers }));

/** PostgREST's CORS headers: any origin, because no cookie is used. */
function withCors(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", "*");
  headers.set("access-control-expose-headers", EXPOSED);
  return new Response(response.body, { status: response.status, headers });
}

function preflight(request: Request): Response {
  return withCors(
    new Response(null, {
      status: 200,
      headers: {
        "access-control-allow-methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD",
        "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "authorization",
        "access-control-max-age": "86400",
      },
    }),
  );
}
