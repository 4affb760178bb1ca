/** https://clerk.com/docs/reference/backend-api/tag/email-addresses */
import { Hono } from "hono";
import { missingParameter, notFound } from "./errors.ts";
import { requireUser } from "./find.ts";
import type { Emit } from "./server.ts";
import type { ClerkState, User } from "./state.ts";
import { newEmailAddress, removeEmailAddress, requireFreeAddress } from "./users.ts";

export function emailAddressRoutes(state: ClerkState, emit: Emit): Hono {
  const app = new Hono();
  const find = (id: string) => {
    for (const user of Object.values(state.users)) {
      const address = user.email_addresses.find((address) => address.id === id);
      if (address !== undefined) return { user, address };
    }
    throw notFound("email address", id);
  };
  const changed = (user: User) => {
    user.updated_at = Date.now();
    emit("user.updated", user);
  };

  app.post("/", async (c) => {
    const { user_id, email_address, primary = false } = await c.req.json();
    if (!user_id) throw missingParameter("user_id");
    if (!email_address) throw missingParameter("email_address");
    const user = requireUser(state, user_id);
    requireFreeAddress(state, email_address);
    const address = newEmailAddress(email_address);
    user.email_addresses.push(address);
    if (primary) user.primary_email_address_id = address.id;
    changed(user);
    return c.json(address);
  });
  app.get("/:id", (c) => c.json(find(c.req.param("id")).address));
  app.patch("/:id", async (c) => {
    const { user, address } = find(c.req.param("id"));
    const { primary } = await c.req.json();
    if (primary === true) user.primary_email_address_id = address.id;
    changed(user);
    return c.json(address);
  });
  app.delete("/:id", (c) => {
    const { user, address: { id } } = find(c.req.param("id"));
    removeEmailAddress(user, id);
    changed(user);
    return c.json({ id, object: "email_address", deleted: true });
  });
  return app;
}
