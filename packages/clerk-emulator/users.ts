/** https://clerk.com/docs/reference/backend-api/tag/users */
import { type Context, Hono } from "hono";
import { clerkError, notFound } from "./errors.ts";
import { requireUser } from "./find.ts";
import { membershipsOf, removeMembership } from "./memberships.ts";
import { named, ordered, pageOf, queryOf } from "./pages.ts";
import type { Emit } from "./server.ts";
import { type ClerkState, type EmailAddress, newId, type User } from "./state.ts";

const TEXTS = ["first_name", "last_name", "username", "external_id"] as const;
const METADATA = ["public_metadata", "private_metadata", "unsafe_metadata"] as const;

export interface NewUser {
  readonly email_address?: string[];
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  /** Without one the user signs in with a code. */
  readonly password?: string;
}

/** Adds a user to the instance; the first address is the primary one. */
export function createUser(state: ClerkState, fields: NewUser & Record<string, unknown>): User {
  const emails = (fields.email_address ?? []).map(newEmailAddress);
  for (const { email_address } of emails) requireFreeAddress(state, email_address);
  const user: User = {
    id: newId("user"),
    object: "user",
    email_addresses: emails,
    primary_email_address_id: emails[0]?.id ?? null,
    first_name: null,
    last_name: null,
    username: null,
    image_url: "",
    has_image: false,
    public_metadata: {},
    private_metadata: {},
    unsafe_metadata: {},
    external_id: null,
    banned: false,
    locked: false,
    created_at: Date.now(),
    updated_at: Date.now(),
  };
  if (fields.password) state.passwords[user.id] = fields.password;
  return state.users[user.id] = setFields(user, fields);
}

/** Removes a user, with its memberships and sessions. @returns What the event says */
export function deleteUser(state: ClerkState, { id }: User) {
  for (const membership of membershipsOf(state, { user: id })) removeMembership(state, membership);
  for (const session of Object.values(state.sessions)) if (session.user_id === id) delete state.sessions[session.id];
  delete state.passwords[id];
  delete state.users[id];
  return { id, object: "user", deleted: true };
}

export function userRoutes(state: ClerkState, emit: Emit): Hono {
  const app = new Hono();
  const find = (c: Context) => requireUser(state, c.req.param("id") ?? "");

  app.get("/", (c) => c.json(pageOf(matching(state, queryOf(c)), queryOf(c))));
  app.get("/count", (c) => c.json({ object: "total_count", total_count: matching(state, queryOf(c)).length }));
  app.post("/", async (c) => {
    const user = createUser(state, await c.req.json());
    emit("user.created", user);
    return c.json(user);
  });
  app.get("/:id", (c) => c.json(find(c)));
  app.patch("/:id", async (c) => {
    const fields = await c.req.json();
    const user = setFields(find(c), fields);
    if (fields.password) state.passwords[user.id] = fields.password;
    emit("user.updated", user);
    return c.json(user);
  });
  app.delete("/:id", (c) => {
    const deleted = deleteUser(state, find(c));
    emit("user.deleted", deleted);
    return c.json(deleted);
  });
  return app;
}

export function newEmailAddress(email_address: string): EmailAddress {
  return {
    id: newId("idn"),
    object: "email_address",
    email_address,
    verification: { status: "verified", strategy: "admin" },
    linked_to: [],
  };
}

/** Removes an address; the first of the verified others becomes the primary one in its place. */
export function removeEmailAddress(user: User, id: string): void {
  user.email_addresses = user.email_addresses.filter((address) => address.id !== id);
  if (user.primary_email_address_id === id) {
    user.primary_email_address_id = user.email_addresses.find(isVerified)?.id ?? null;
  }
}

export function requireFreeAddress(state: ClerkState, address: string) {
  if (findByAddress(state, address) === undefined) return;
  const long = "That email address is taken. Please try another.";
  throw clerkError(422, "form_identifier_exists", "That email address is taken.", long, {
    param_name: "email_address",
  });
}

/** The user with this address; addresses are compared in lower case. */
export const findByAddress = (state: ClerkState, address: string): User | undefined =>
  Object.values(state.users).find((user) => hasAddress(user, address));

/** An address that is not verified belongs to no user yet. */
const hasAddress = ({ email_addresses }: User, address: string) =>
  email_addresses.some((one) => isVerified(one) && one.email_address === address.toLowerCase());

const isVerified = ({ verification }: EmailAddress) => verification.status === "verified";

/** Sets the fields that a caller may. */
export function setFields(user: User, fields: Record<string, unknown>): User {
  for (const name of TEXTS) if (name in fields) user[name] = fields[name] as string | null;
  for (const name of METADATA) if (name in fields) user[name] = fields[name] as Record<string, unknown>;
  if ("primary_email_address_id" in fields) {
    const id = fields.primary_email_address_id;
    const known = user.email_addresses.find((address) => address.id === id);
    if (known === undefined) throw notFound("email address", String(id));
    if (!isVerified(known)) {
      const long = "The primary email address must be verified.";
      throw clerkError(422, "form_param_value_invalid", "is invalid", long, { param_name: "primary_email_address_id" });
    }
    user.primary_email_address_id = known.id;
  }
  user.updated_at = Date.now();
  return user;
}

function matching(state: ClerkState, query: URLSearchParams): User[] {
  const addresses = query.getAll("email_address");
  return ordered(Object.values(state.users), query)
    .filter((user) => addresses.length === 0 || addresses.some((address) => hasAddress(user, address)))
    .filter((user) => named(query, "user_id", user.id));
}
