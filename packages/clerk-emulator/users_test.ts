import { deepStrictEqual as assertEquals, match as assertMatch } from "node:assert/strict";
import { codeOf, openClerk } from "./testing/instance.ts";

Deno.test("the SDK creates, gets, lists, updates and deletes users", async () => {
  await using clerk = openClerk();
  const { users } = clerk.sdk;
  const ada = await users.createUser({ emailAddress: ["ada@example.com"], firstName: "Ada" });
  const grace = await users.createUser({ emailAddress: ["grace@example.com"] });
  assertMatch(ada.id, /^user_/);
  assertEquals((await users.getUser(ada.id)).primaryEmailAddress?.emailAddress, "ada@example.com");

  const list = async (query = {}) => (await users.getUserList(query)).data.map(({ id }) => id);
  assertEquals(await list(), [grace.id, ada.id]);
  assertEquals(await list({ orderBy: "+created_at" }), [ada.id, grace.id]);
  assertEquals(await list({ limit: 1, offset: 1 }), [ada.id]);
  assertEquals(await list({ emailAddress: ["ada@example.com"] }), [ada.id]);
  assertEquals((await users.getUserList({ emailAddress: ["unknown@example.com"] })).totalCount, 0);

  assertEquals((await users.updateUser(ada.id, { firstName: "Augusta" })).firstName, "Augusta");
  assertEquals((await users.deleteUser(ada.id)).id, ada.id);
  assertEquals(await codeOf(users.getUser(ada.id)), "resource_not_found");
  assertEquals((await clerk.call(`/v1/users/${ada.id}`)).status, 404);
});

Deno.test("a second user with the same email address is refused", async () => {
  await using clerk = openClerk();
  await clerk.createUser("ada");
  const { status, body } = await clerk.call("/v1/users", { email_address: ["ada@example.com"] });
  assertEquals([status, body.errors[0].code], [422, "form_identifier_exists"]);
});
