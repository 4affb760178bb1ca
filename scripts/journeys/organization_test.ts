import { assertEquals } from "@std/assert";
import { journey } from "./journey.ts";

/** The organization's claim in the page's session token. */
const ORGANIZATION = `globalThis.Clerk.session.getToken().then((token) => JSON.parse(atob(token.split(".")[1])).o)`;

journey("a user creates an organization and acts for it, and an invited user joins it as a member", async (visit) => {
  const { page, stack } = visit;
  const admin = await stack.newUser(`${crypto.randomUUID()}@example.com`);
  await visit.signIn(admin, "/account");
  await page.getByRole("button", { name: "Open organization switcher" }).click();
  await page.getByRole("button", { name: "Create organization" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Observatory");
  await page.getByRole("button", { name: "Create organization" }).last().click();
  await page.getByRole("button", { name: "Skip" }).click();
  await page.getByRole("button", { name: "Open organization switcher" }).getByText("Observatory").waitFor();
  const { id, rol, slg } = await page.evaluate<any>(ORGANIZATION);
  assertEquals(rol, "admin");
  const token = await page.evaluate<string>("globalThis.Clerk.session.getToken()");
  const headers = { origin: visit.url };
  const body = { for: "organization" };
  assertEquals((await stack.call("stripe-customer", { method: "POST", token, body, headers })).status, 201);

  const email_address = `${crypto.randomUUID()}@example.com`;
  await stack.clerk("POST", `/v1/organizations/${id}/invitations`, { email_address, role: "org:member" });
  await page.evaluate("globalThis.Clerk.signOut()");
  await visit.signIn(await stack.newUser(email_address));
  await page.getByRole("button", { name: /Open organization switcher/ }).click();
  const join = page.getByRole("button", { name: "Join" });
  await join.click();
  await join.waitFor({ state: "hidden" });
  await page.reload(); // the list has the invitation for a moment, the organization afterwards
  await page.getByRole("button", { name: /Open organization switcher/ }).click();
  await page.getByRole("dialog").getByText("Observatory").click();
  await page.waitForFunction("globalThis.Clerk.organization");
  assertEquals(await page.evaluate<any>(ORGANIZATION), { id, rol: "member", slg });
});
