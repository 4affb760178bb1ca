import type { EndpointName, Inputs } from "../contract/endpoints.ts";
import type { Schema } from "../contract/input.ts";
import { AppError } from "../errors.ts";
import { type Call, logCall } from "../log.ts";
import { setCorsHeaders } from "./cors.ts";
import { discardBody } from "./discard_body.ts";
import { errorResponse } from "./error_response.ts";
import { readInput } from "./read_input.ts";

/** The method is chosen by the caller, so the log shows only this many characters of it. */
const MAX_METHOD_LENGTH = 20;

/** An authenticated caller: a user, a signed event, the scheduler. The log line shows the id. */
export interface Caller {
  readonly id: string;
}

/** How one method of an endpoint is answered. Only {@link route} makes one, so that no method lacks a guard. */
export interface Route<Input> {
  readonly input: Schema<Input>;
  /** Never set. It makes another input, also a wider or narrower one, a type error. */
  readonly accepts?: (input: Input) => void;
  respond(request: Request, call: Call): Promise<Response>;
}

/**
 * Guard, input schema and answer of one method.
 *
 * @param guard Returns the caller or throws.
 * @param input The schema of a `GET`'s query or a `POST`'s JSON body; fields that it does not name are refused.
 * @param answer Receives the authenticated caller and the valid input.
 */
export function route<AuthenticatedCaller extends Caller, Input>(
  guard: (request: Request) => AuthenticatedCaller | Promise<AuthenticatedCaller>,
  input: Schema<Input>,
  answer: (caller: AuthenticatedCaller, input: Input, request: Request) => Response | Promise<Response>,
): Route<Input> {
  return {
    input,
    async respond(request, call) {
      const caller = await guard(request);
      call.caller = caller.id;
      return answer(caller, await readInput(request, input), request);
    },
  };
}

/** A route for each method of the endpoint, with the input that contract/endpoints.ts names. */
type Routes<Name extends EndpointName> = { readonly [Method in keyof Inputs<Name>]: Route<Inputs<Name>[Method]> };

/**
 * An Edge Function: selects the route, and adds the headers and the log line of every response. `HEAD` is answered as
 * `GET` is; Deno's server leaves the body out, and keeps its length.
 */
export function serve<Name extends EndpointName>(name: Name, routes: Routes<Name>) {
  const byMethod = new Map(Object.entries<Pick<Route<never>, "respond">>(routes));
  const allow = [...byMethod.keys(), "OPTIONS"].join(", ").replace("GET", "GET, HEAD");
  const path = new RegExp(`^https?://[^/]+(/functions/v1)?/${name}/?([?#]|$)`);

  function respond(request: Request, call: Call): Response | Promise<Response> {
    if (!path.test(request.url)) throw AppError.notFound();
    // Before the guard, because a preflight carries no token.
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { allow } });
    }
    const asGet = request.method === "HEAD";
    const selected = byMethod.get(asGet ? "GET" : request.method);
    if (selected === undefined) {
      throw AppError.methodNotAllowed(call.method, allow);
    }
    return selected.respond(asGet ? new Request(request, { method: "GET" }) : request, call);
  }

  async function fetch(request: Request): Promise<Response> {
    const call: Call = {
      function: name,
      method: request.method.slice(0, MAX_METHOD_LENGTH),
      request_id: crypto.randomUUID(),
      started: Date.now(),
    };
    let response: Response;
    try {
      response = await respond(request, call);
    } catch (cause) {
      call.error = AppError.from(cause);
      response = errorResponse(call.error, call.request_id);
      await discardBody(request);
    }
    setCorsHeaders(response.headers, request, allow);
    response.headers.set("x-request-id", call.request_id);
    if (!response.headers.has("cache-control")) {
      response.headers.set("cache-control", "no-store");
    }
    logCall(call, response.status);
    return response;
  }

  return { fetch };
}
