import { Hono } from "hono";
import { clerkError } from "./errors.ts";
import { requireSession } from "./find.ts";
import { requireOwnMembership } from "./memberships.ts";
import { keySet, newSigningKey, publicPem } from "./signing_keys.ts";
import type { ClerkState } from "./state.ts";
import { signToken } from "./tokens.ts";
import type { DeliveryFault, Webhooks } from "./webhooks.ts";

/** The calls under `/_local`, which Clerk does not have: for tests and local development. */
export function controlRoutes(state: ClerkState, webhooks: Webhooks): Hono {
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
      if (id !== null) requireOwnMembership(state, id, session.user_id);
      session.last_active_organization_id = id;
      return c.json(session);
    })
    /** The outcomes of the webhook deliveries, and the messages, the oldest first. */
    .get("/deliveries", (c) => c.json({ counts: webhooks.counts, messages: webhooks.messages }))
    /** A fault of the next deliveries, or the waits before the retries of all. */
    .post("/deliveries", async (c) => {
      const { retries_ms, ...fault } = readFault(await c.req.json());
      if (retries_ms !== undefined) webhooks.retries = retries_ms;
      if (Object.keys(fault).length > 0) webhooks.addFault(fault);
      return c.json({});
    })
    .delete("/deliveries", (c) => {
      webhooks.reset();
      return c.json({});
    })
    /** Sends messages again, as Svix's "Resend" does: those named, or all. */
    .post("/deliver", async (c) => {
      const { messages: ids } = await c.req.json().catch(() => ({}));
      const again = webhooks.messages.filter(({ id }) => ids === undefined || ids.includes(id));
      for (const message of again) webhooks.send(message);
      return c.json({ deliveries: again.length });
    });
}

/** @throws HTTPException for a field that is unknown or has another type */
function readFault(given: Record<string, unknown>): DeliveryFault & { retries_ms?: number[] } {
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;
  const valid: Record<string, (value: unknown) => boolean> = {
    lost: (value) => typeof value === "boolean",
    doubled: (value) => typeof value === "boolean",
    delayed_ms: isCount,
    times: isCount,
    retries_ms: (value) => Array.isArray(value) && value.every(isCount),
  };
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(valid, name) && valid[name]!(value)) continue;
    const long = `${name} is unknown or invalid: expected ${Object.keys(valid).join(", ")}; numbers are at least 1.`;
    throw clerkError(422, "form_param_value_invalid", "is invalid", long, { param_name: name });
  }
  return given;
}
