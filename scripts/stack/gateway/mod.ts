/**
 * The local project's gateway: Supabase's paths, and the platform's own responses before a function or the Data API
 * receives a request. https://supabase.com/docs/guides/functions/routing
 */
import type { DataApi } from "../data_api.ts";
import type { Functions } from "../functions.ts";
import { createDataApiRoute } from "./data_api_route.ts";
import { callFunction } from "./function_call.ts";
import type { Exchange } from "./token_exchange.ts";

export interface GatewayOptions {
  readonly functions: Functions;
  readonly dataApi: DataApi;
  readonly exchange: Exchange;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Signs the tokens for the Data API. */
  readonly jwtSecret: string;
  /** Receives each error between the gateway and a function. */
  log(name: string, line: string): void;
}

/** Answers every request to the project's URL. */
export function createGateway(options: GatewayOptions): (request: Request) => Promise<Response> {
  const callDataApi = createDataApiRoute(options);
  return async (request) => {
    const { pathname } = new URL(request.url);
    const [, name] = pathname.match(/^\/functions\/v1\/([^/]+)/) ?? [];
    if (name !== undefined) return await callFunction(request, name, options);
    if (pathname.startsWith("/rest/v1/")) return await callDataApi(request);
    return Response.json({ message: "no Route matched with those values" }, { status: 404 });
  };
}
