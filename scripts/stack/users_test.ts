import { assertEquals } from "@std/assert";
import { type ClerkState, createUser, emptyState, newSigningKey } from "../../packages/clerk-emulator/mod.ts";
import { addLocalUsers, LOCAL_PASSWORD } from "./users.ts";

const key = newSigningKey();

Deno.test("every user of a new local instance has the password", () => {
  const state = emptyState(key);
  addLocalUsers(state);
  assertEquals(Object.keys(state.passwords), Object.keys(state.users));
  assertEquals(new Set(Object.values(state.passwords)), new Set([LOCAL_PASSWORD]));
});

Deno.test("a state saved before there were passwords gets them, and one that a user has chosen stays", () => {
  const before = emptyState(key);
  addLocalUsers(before);
  const { passwords: _, clients: __, ...saved } = before;
  const state = saved as unknown as ClerkState;
  addLocalUsers(state);
  assertEquals(Object.keys(state.passwords), Object.keys(state.users));

  const { id } = createUser(state, { email_address: ["new@example.com"], password: "chosen-by-hand" });
  addLocalUsers(state);
  assertEquals(state.passwords[id], "chosen-by-hand");
});
