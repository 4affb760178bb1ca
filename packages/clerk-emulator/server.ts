import { Hono } from "hono";
import { controlRoutes } from "./control.ts";
import { emailAddressRoutes } from "./email_addresses.ts";
import { answerErrors, clerkError } from "./errors.ts";
import { invitationRoutes } from "./invitations.ts";
import { membershipRoutes, organizationMembershipRoutes, userMembershipRoutes } from "./memberships.ts";
import { organizationRoutes } from "./organizations.ts";
import { sessionRoutes } from "./sessions.ts";
import { signInTokenRoutes } from "./sign_in_tokens.ts";
import { keySet } from "./signing_keys.ts";
import { type ClerkState, completeState } from "./state.ts";
import { userRoutes } from "./users.ts";
import { Webhooks } from "./webhooks.ts";

export interface ClerkOptions {
  readonly issuer: string;
  readonly secretKey: string;
  /** The origin that session tokens are made for. */
  readonly authorizedParty: string;
  /** Where events are sent; default nowhere. */
  readonly webhooks?: Webhooks;
}

/** Sends an event after a change. */
export type Emit = (type: string, data: object) => void;

/**
 * A Clerk instance with the routes of the Backend API that README.md lists.
 *
 * @param state Changed in place; what an older version of the emulator did not save is added
 */
export function createClerk(state: ClerkState, options: ClerkOptions): Hono {
  completeState(state);
  const { webhooks = new Webhooks() } = options;
  const emit: Emit = (type, data) => webhooks.emit(state.instance_id, type, data);
  const app = new Hono();
  const keys = () => Response.json(keySet(state.signingKeys));
  app.get("/.well-known/jwks.json", keys);

  for (const path of ["/v1/*", "/_local/*"]) {
    app.use(path, async (c, next) => {
      requireSecretKey(options.secretKey, c.req.header("authorization"));
      await next();
    });
  }
  app.get("/v1/jwks", keys);
  app.get("/v1/instance", (c) => c.json(instanceOf(state)));
  app.route("/v1/users", userRoutes(state, emit));
  app.route("/v1/email_addresses", emailAddressRoutes(state, emit));
  app.route("/v1/users/:user/organization_memberships", userMembershipRoutes(state));
  app.route("/v1/organizations", organizationRoutes(state, emit));
  app.route("/v1/organizations/:organization/memberships", organizationMembershipRoutes(state));
  app.route("/v1/organizations/:organization/invitations", invitationRoutes(state));
  app.route("/v1/organization_memberships", membershipRoutes(state));
  app.route("/v1/sessions", sessionRoutes(state, options));
  app.route("/v1/sign_in_tokens", signInTokenRoutes(state));
  app.route("/_local", controlRoutes(state, webhooks));

  answerErrors(app);
  return app;
}

/** https://clerk.com/docs/reference/backend/types/backend-instance */
const instanceOf = ({ instance_id }: ClerkState) => ({
  object: "instance",
  id: instance_id,
  environment_type: "development",
  allowed_origins: [],
});

function requireSecretKey(secretKey: string, authorization: string | undefined): void {
  if (authorization === `Bearer ${secretKey}`) return;
  const long = "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.";
  throw clerkError(401, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.", long);
}
