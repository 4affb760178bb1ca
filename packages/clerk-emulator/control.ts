import { Hono } from "hono";
import { clerkError } from "./errors.ts";
import { requireOrganization, requireSession } from "./find.ts";
import { findMembership } from "./memberships.ts";
import { keySet, newSigningKey, publicPem } from "./signing_keys.ts";
import type { ClerkState } from "./state.ts";
import { signToken } from "./tokens.ts";

/** The calls under `/_local`, which Clerk does not have: for tests and local development. */
export function controlRoutes(state: ClerkState): Hono {
  return new Hono()
    /** Adds a signing key; `keep` older ones (default 1) stay in the key set, as during a rotation. */
    .post("/rotate", async (c) => {
      const { keep = 1 } = await c.req.json().catch(() => ({}));
      state.signingKeys = [...state.signingKeys.slice(state.signingKeys.length - keep), newSigningKey()];
      return c.json(keySet(state.signingKeys));
    })
    /** Signs any claims under any header with the newest key. */
    .post("/sign", async (c) => {
      const { claims, header } = await c.req.json();
      return c.json({ jwt: await signToken(state, claims, header) });
    })
    /** The public keys as PEM, for `CLERK_JWT_KEY`. */
    .get("/pem", (c) => c.text(state.signingKeys.map(publicPem).join("")))
    /** Sets a session's active organization, as the user does in the browser; null for the personal account. */
    .post("/sessions/:id/active_organization", async (c) => {
      const session = requireSession(state, c.req.param("id"));
      const { organization_id: id } = await c.req.json();
      if (id !== null && typeof id !== "string") {
        throw clerkError(422, "form_param_missing", "is missing", "organization_id must be included, or null.");
      }
      if (id !== null && !findMembership(state, requireOrganization(state, id).id, session.user_id)) {
        const long =
          "Current user is not a member of the organization. Only organization members can perform this action.";
        throw clerkError(403, "not_a_member_in_organization", "not a member", long);
      }
      session.last_active_organization_id = id;
      return c.json(session);
    });
}
