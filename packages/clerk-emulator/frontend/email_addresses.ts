/** The addresses that a user adds, verifies and removes. https://clerk.com/docs/reference/javascript/types/email-address */
import { type Context, Hono } from "hono";
import { missingParameter, notFound } from "../errors.ts";
import type { Client, EmailAddress, User } from "../state.ts";
import { newEmailAddress, removeEmailAddress, requireFreeAddress } from "../users.ts";
import { answer, signedIn } from "./clients.ts";
import { requireCode } from "./codes.ts";
import { fieldsOf } from "./fields.ts";
import type { Frontend } from "./frontend.ts";

export function emailAddressRoutes(frontend: Frontend): Hono {
  const { state, emit } = frontend;
  const app = new Hono();
  const find = (c: Context): { client: Client; user: User; address: EmailAddress } => {
    const { client, user } = signedIn(state, c);
    const id = c.req.param("id") ?? "";
    const address = user.email_addresses.find((one) => one.id === id);
    if (address === undefined) throw notFound("email address", id);
    return { client, user, address };
  };
  const changed = (user: User) => {
    user.updated_at = Date.now();
    emit("user.updated", user);
  };

  app.post("/", async (c) => {
    const { client, user } = signedIn(state, c);
    const { email_address } = await fieldsOf(c);
    if (!email_address) throw missingParameter("email_address");
    requireFreeAddress(state, email_address);
    const address: EmailAddress = {
      ...newEmailAddress(email_address.toLowerCase()),
      verification: { status: "unverified", strategy: "email_code" },
    };
    user.email_addresses.push(address);
    changed(user);
    return await answer(frontend, c, client, address);
  });
  app.post("/:id/prepare_verification", (c) => {
    const { client, address } = find(c);
    return answer(frontend, c, client, address);
  });
  app.post("/:id/attempt_verification", async (c) => {
    const { client, user, address } = find(c);
    requireCode((await fieldsOf(c)).code);
    requireFreeAddress(state, address.email_address); // another user may have verified it first
    address.verification = { status: "verified", strategy: "email_code" };
    changed(user);
    return await answer(frontend, c, client, address);
  });
  app.delete("/:id", async (c) => {
    const { client, user, address } = find(c);
    removeEmailAddress(user, address.id);
    changed(user);
    return await answer(frontend, c, client, { id: address.id, object: "email_address", deleted: true });
  });
  return app;
}
