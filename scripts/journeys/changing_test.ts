import { assertEquals } from "@std/assert";
import { journey } from "./journey.ts";
import { arrive, buy, hasPaid, owns } from "./shop.ts";

journey("a plan is changed for the amount that was previewed", async (visit) => {
  const { page } = visit;
  await arrive(visit);
  await buy(page, "Starter");
  await page.getByLabel("Change the plan").selectOption({ label: "Team, $19 per seat and month" });
  const [previewed] = (await page.getByText(/^You pay .* now/).innerText()).match(/\$[\d.]+/) ?? [];
  await page.getByRole("button", { name: "Continue to confirm" }).click();
  await page.getByRole("button", { name: "Confirm" }).click();
  await owns(page, "Team");
  await hasPaid(page, previewed);
});

journey("a subscription is canceled and resumed in the account, and canceled in Stripe's portal", async (visit) => {
  const { page } = visit;
  await arrive(visit);
  await buy(page, "Starter");
  await page.getByRole("button", { name: "Cancel the subscription" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
  await page.getByRole("button", { name: "Cancel the subscription" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await page.getByText(/Ends on/).waitFor();
  await page.getByRole("button", { name: "Keep the subscription" }).click();
  await page.getByRole("button", { name: "Cancel the subscription" }).waitFor();

  await page.getByRole("button", { name: "Manage billing" }).click();
  await page.waitForURL(/\/p\/session\//);
  await page.getByRole("button", { name: "Cancel the subscription" }).click();
  await page.getByRole("link", { name: "Return" }).click();
  await page.getByText(/Ends on/).waitFor();
});

journey("another user who signs in on the same browser sees nothing of the first one's account", async (visit) => {
  const { page } = visit;
  await arrive(visit);
  await buy(page, "Starter");
  await page.evaluate("globalThis.Clerk.signOut()");
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  await arrive(visit, "/account");
  await page.getByRole("heading", { name: "No subscription" }).waitFor();
  await page.getByRole("region", { name: "What is included" }).getByText("Nothing yet").waitFor();
});

journey("an organization's admin buys, a member sees the plan and has no way to change it", async (visit) => {
  const { page, stack } = visit;
  visit.provoke(/403.*stripe-invoices/);
  const [admin, member] = [await stack.newUser(), await stack.newUser()];
  const { id } = await stack.clerk<{ id: string }>("POST", "/v1/organizations", {
    name: `Club ${crypto.randomUUID().slice(0, 8)}`,
    created_by: admin,
  });
  await stack.clerk("POST", `/v1/organizations/${id}/memberships`, { user_id: member, role: "org:member" });
  async function actFor() {
    await page.waitForFunction("globalThis.Clerk?.loaded");
    await page.evaluate(`globalThis.Clerk.setActive({ organization: ${JSON.stringify(id)} })`);
  }

  await visit.signIn(admin);
  await actFor();
  await buy(page, "Starter");
  await page.evaluate("globalThis.Clerk.signOut()");
  await page.getByRole("link", { name: "Sign in" }).waitFor();

  await visit.signIn(member, "/account");
  await page.getByRole("heading", { name: "No subscription" }).waitFor();
  await actFor();
  await owns(page, "Starter");
  await page.getByText("Administrators of this organization manage its billing").waitFor();
  for (const name of ["Cancel the subscription", "Manage billing"]) {
    assertEquals(await page.getByRole("button", { name }).count(), 0);
  }
});
