/**
 * Clerk's Frontend API, which the unmodified SDK calls in the browser, and the SDK's own scripts beside it: what a
 * `proxyUrl` answers. https://clerk.com/docs/reference/frontend-api
 */
import { Hono } from "hono";
import { answerErrors } from "../errors.ts";
import { type ClerkState, completeState } from "../state.ts";
import type { Webhooks } from "../webhooks.ts";
import { browserFile } from "./browser_files.ts";
import { clientRoutes } from "./clients.ts";
import { environmentOf } from "./environment.ts";
import type { Frontend } from "./frontend.ts";
import { meRoutes } from "./me.ts";
import { organizationRoutes } from "./organizations.ts";
import { sessionRoutes } from "./sessions.ts";
import { signInRoutes } from "./sign_ins.ts";
import { signUpRoutes } from "./sign_ups.ts";

export interface FrontendOptions {
  readonly issuer: string;
  /** The application's name, which Clerk's components show. */
  readonly name: string;
  /** The folder `node_modules` with `@clerk/clerk-js` and `@clerk/ui`. */
  readonly modules: string;
  /** Where events are sent; default nowhere. */
  readonly webhooks?: Webhooks;
}

/**
 * Answers requests below a proxy's path, without that path.
 *
 * @param state Changed in place; the same as the Backend API's
 */
export function createFrontend(
  state: ClerkState,
  { issuer, name, modules, webhooks }: FrontendOptions,
): (request: Request) => Promise<Response> {
  completeState(state);
  const emit = (type: string, data: object) => webhooks?.emit(state.instance_id, type, data);
  const frontend: Frontend = { state, issuer, emit };
  const app = new Hono();

  app.get("/npm/@clerk/:package/dist/:file", (c) => browserFile(modules, c.req.param("package"), c.req.param("file")));
  app.on(["GET", "PATCH"], "/v1/environment", (c) => c.json(environmentOf(name)));
  app.route("/v1", clientRoutes(frontend));
  app.route("/v1/client/sessions", sessionRoutes(frontend));
  app.route("/v1/client/sign_ins", signInRoutes(frontend));
  app.route("/v1/client/sign_ups", signUpRoutes(frontend));
  app.route("/v1/me", meRoutes(frontend));
  app.route("/v1/organizations", organizationRoutes(frontend));
  answerErrors(app);
  return async (request) => await app.fetch(withMeantMethod(request));
}

/** The SDK sends GET and POST only, and names the method that it means in the query, to avoid preflight requests. */
function withMeantMethod(request: Request): Request {
  const method = new URL(request.url).searchParams.get("_method");
  return method === null || request.method !== "POST" ? request : new Request(request, { method });
}
