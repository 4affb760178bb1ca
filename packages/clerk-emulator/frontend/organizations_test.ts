import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { openBrowser } from "../testing/browser.ts";
import { openClerk } from "../testing/instance.ts";

const PASSWORD = "enigma-1940";

/** A browser in which a new user is signed in. */
async function openUser(clerk: ReturnType<typeof openClerk>, name: string) {
  const email = `${name}@example.com`;
  const { id } = await clerk.sdk.users.createUser({ emailAddress: [email], password: PASSWORD });
  const browser = await openBrowser(clerk.frontend);
  const session: string = (await browser.signIn(email, PASSWORD)).id;
  return { ...browser, id, email, session };
}

Deno.test("a user creates an organization as its admin, invites another one, who accepts and is a member", async () => {
  await using clerk = openClerk();
  const ada = await openUser(clerk, "ada");
  const grace = await openUser(clerk, "grace");
  const { response: acme } = await ada.read("POST", "/organizations", { name: "Acme" });
  assertEquals([acme.members_count, "private_metadata" in acme], [1, false]);
  const own = await ada.read("GET", "/me/organization_memberships?limit=10&offset=0");
  assertEquals([own.response.data[0].role, own.response.total_count], ["org:admin", 1]);

  const path = `/organizations/${acme.id}/invitations`;
  const invited: [string, string][] = [["email_address", "Grace@example.com"], ["email_address", "alan@example.com"]];
  const { response: invitations } = await ada.read("POST", `${path}/bulk`, [...invited, ["role", "org:member"]]);
  assertEquals(invitations.length, 2);
  assertEquals(await ada.refused("POST", path, { email_address: "grace@example.com", role: "org:member" }), [
    400,
    "duplicate_record",
  ]);
  const { response: revoked } = await ada.read("POST", `${path}/${invitations[1].id}/revoke`);
  assertEquals(revoked.status, "revoked");

  const { response: waiting } = await grace.read("GET", "/me/organization_invitations?status=pending");
  assertEquals(waiting.data.map((one: any) => one.public_organization_data.name), ["Acme"]);
  const accept = `/me/organization_invitations/${waiting.data[0].id}/accept`;
  assertEquals(await ada.refused("POST", accept), [404, "resource_not_found"]);
  await grace.read("POST", accept);
  assertEquals(await grace.refused("POST", accept), [400, "organization_invitation_not_pending"]);
  await grace.read("POST", `/client/sessions/${grace.session}/touch`, { active_organization_id: acme.id });
  assertEquals((await grace.claims(grace.session)).o, { id: acme.id, rol: "member", slg: acme.slug });
});

Deno.test("a member without the permission reads the members and changes nothing", async () => {
  await using clerk = openClerk();
  const ada = await openUser(clerk, "ada");
  const grace = await openUser(clerk, "grace");
  const eve = await openUser(clerk, "eve");
  const { response: { id } } = await ada.read("POST", "/organizations", { name: "Acme" });
  await ada.read("POST", `/organizations/${id}/memberships`, { user_id: grace.id, role: "org:member" });

  const members = await grace.read("GET", `/organizations/${id}/memberships`);
  assertEquals(members.response.total_count, 2);
  for (
    const [method, path] of [
      ["PATCH", ""],
      ["DELETE", ""],
      ["GET", "/invitations"],
      ["POST", "/memberships"],
      ["PATCH", `/memberships/${grace.id}`],
      ["DELETE", `/memberships/${ada.id}`],
    ] as const
  ) assertEquals(await grace.refused(method, `/organizations/${id}${path}`), [403, "missing_permission"], path);
  assertEquals(await eve.refused("GET", `/organizations/${id}`), [403, "not_a_member_in_organization"]);
});

Deno.test("an admin renames the organization, changes roles, removes members, and the last admin cannot leave", async () => {
  await using clerk = openClerk();
  const ada = await openUser(clerk, "ada");
  const grace = await openUser(clerk, "grace");
  const events: string[] = [];
  clerk.webhooks.emit = (_instance, type) => void events.push(type);
  const { response: { id } } = await ada.read("POST", "/organizations", { name: "Acme" });
  const path = `/organizations/${id}`;
  assertEquals((await ada.read("PATCH", path, { name: "Acme Inc." })).response.name, "Acme Inc.");
  const roles = await ada.read("GET", `${path}/roles`);
  assertEquals(roles.response.data.map(({ key }: { key: string }) => key), ["org:admin", "org:member"]);

  assertEquals(await ada.refused("DELETE", `/me/organization_memberships/${id}`), [
    400,
    "organization_minimum_permissions_needed",
  ]);
  await ada.read("POST", `${path}/memberships`, { user_id: grace.id, role: "org:member" });
  const changed = await ada.read("PATCH", `${path}/memberships/${grace.id}`, { role: "org:admin" });
  assertEquals(changed.response.role, "org:admin");
  await ada.read("DELETE", `/me/organization_memberships/${id}`);
  assertEquals((await ada.read("GET", "/me/organization_memberships")).response.total_count, 0);
  await grace.read("DELETE", path);
  assertEquals(events, ["organization.created", "organization.updated", "organization.deleted"]);
});
