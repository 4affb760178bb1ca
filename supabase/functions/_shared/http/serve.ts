import type { Schema } from "../contract/input.ts";
import { AppError } from "../errors.ts";
import { type Call, logCall } from "../log.ts";
import { setCorsHeaders } from "./cors.ts";
import { errorResponse } from "./error_response.ts";
import { readInput } from "./read_input.ts";

/** Characters that are shown of a method, which a caller may make up. */
const LONGEST_METHOD = 20;

/** Whoever was let in: a user, a signed event, the scheduler. The log line shows the id. */
export interface Caller {
  readonly id: string;
}

/** A door, made by {@link route}, so that none is left without a guard. */
export interface Route {
  enter(request: Request, call: Call): Promise<Response>;
}

/**
 * A door: who may enter, what they may bring, what they get.
 *
 * @param guard Returns the caller or throws.
 * @param input Shape of a `GET`'s query or a `POST`'s JSON body; what it does not name is refused.
 * @param answer Need not ask again who is calling or whether the input is sound.
 */
export function route<Who extends Caller, Input>(
  guard: (request: Request) => Who | Promise<Who>,
  input: Schema<Input>,
  answer: (who: Who, input: Input, request: Request) => Response | Promise<Response>,
): Route {
  return {
    async enter(request, call) {
      const who = await guard(request);
      call.caller = who.id;
      return answer(who, await readInput(request, input), request);
    },
  };
}

/** An Edge Function: the door for the method, then the headers and the log line that every answer gets. */
export function serve(name: string, routes: { GET?: Route; POST?: Route }) {
  const doors = new Map(Object.entries(routes));
  const methods = [...doors.keys(), "OPTIONS"].join(", ");
  const path = new RegExp(`^https?://[^/]+(/functions/v1)?/${name}/?([?#]|$)`);

  function open(request: Request, call: Call): Response | Promise<Response> {
    if (!path.test(request.url)) throw AppError.notFound();
    // A preflight carries no token, so it comes before the guard.
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { allow: methods } });
    }
    const door = doors.get(request.method);
    if (door === undefined) {
      throw AppError.methodNotAllowed(call.method, methods);
    }
    return door.enter(request, call);
  }

  async function fetch(request: Request): Promise<Response> {
    const call: Call = {
      function: name,
      method: request.method.slice(0, LONGEST_METHOD),
      request_id: crypto.randomUUID(),
      started: Date.now(),
    };
    let response: Response;
    try {
      response = await open(request, call);
    } catch (cause) {
      call.error = AppError.from(cause);
      response = errorResponse(call.error, call.request_id);
    }
    setCorsHeaders(response.headers, request, methods);
    response.headers.set("x-request-id", call.request_id);
    if (!response.headers.has("cache-control")) {
      response.headers.set("cache-control", "no-store");
    }
    logCall(call, response.status);
    return response;
  }

  return { fetch };
}
