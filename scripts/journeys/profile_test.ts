import { assert, assertEquals } from "@std/assert";
import { connect } from "../lib/database.ts";
import type { TestStack } from "../testbed/client.ts";
import { journey } from "./journey.ts";

/** A user with a Stripe customer, so that changes of the profile matter. */
async function newCustomer(stack: TestStack): Promise<{ user: string; customer: string }> {
  const user = await stack.newUser(`${crypto.randomUUID()}@example.com`);
  const token = await stack.signIn(user);
  const response = await stack.call("stripe-customer", { method: "POST", token, body: {} });
  assertEquals(response.status, 201);
  return { user, customer: (await response.json()).customer_id };
}

async function customerOf(stack: TestStack, id: string): Promise<{ name?: string; deleted?: boolean }> {
  const response = await fetch(`${stack.stripe_url}/v1/customers/${id}`, {
    headers: { authorization: `Bearer ${stack.stripe_secret_key}` },
  });
  return await response.json();
}

/** Waits for what a webhook brings about. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!await condition()) {
    assert(Date.now() < deadline, "the webhook had no effect within a minute");
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

journey("a user who changes the name in the profile has it as a customer at Stripe", async (visit) => {
  const { page, stack } = visit;
  const { user, customer } = await newCustomer(stack);
  await visit.signIn(user);
  await page.getByRole("button", { name: "Open user menu" }).click();
  await page.getByRole("button", { name: "Manage account" }).click();
  await page.getByRole("button", { name: "Update profile" }).click();
  await page.getByLabel("First name").fill("Grete");
  await page.getByLabel("Last name").fill("Hermann");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Grete Hermann").first().waitFor();
  await until(async () => (await customerOf(stack, customer)).name === "Grete Hermann");
});

journey("a user who deletes the account is signed out, and cannot buy any more", async (visit) => {
  const { page, stack } = visit;
  const { user } = await newCustomer(stack);
  await visit.signIn(user);
  await page.getByRole("button", { name: "Open user menu" }).click();
  await page.getByRole("button", { name: "Manage account" }).click();
  await page.getByRole("button", { name: "Security" }).click();
  await page.getByRole("button", { name: "Delete account" }).click();
  await page.getByPlaceholder("Delete account").fill("Delete account");
  await page.getByRole("button", { name: "Delete account" }).last().click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  const sql = connect(stack.database_url);
  try {
    const closed = () => sql`select from billing.checkouts where owner_id = ${user} and closed_at is not null`;
    await until(async () => (await closed()).length === 1);
  } finally {
    await sql.end();
  }
});
