/** What buyers do in the example app, step by step. */
import type { Page } from "playwright-core";
import type { Visit } from "./journey.ts";

/** The cards of the local payment page, by their last digits. */
export type Card = "4242" | "0002" | "3220";

/** Opens a page as a new user. @returns The user's id */
export async function arrive(visit: Visit, path = "/"): Promise<string> {
  const user = await visit.stack.newUser(`${crypto.randomUUID()}@example.com`);
  await visit.signIn(user, path);
  return user;
}

/** Presses a plan's button, as a visitor or as a user. */
export const choose = (page: Page, label: string): Promise<void> =>
  page.getByRole("link", { name: label }).or(page.getByRole("button", { name: label })).click();

/** Pays on the payment page, which asks for the address of an organization that has none. */
export async function pay(page: Page, card: Card = "4242"): Promise<void> {
  await page.getByText("Payment method").first().waitFor();
  const email = page.getByRole("textbox", { name: "Email" });
  if (await email.isVisible()) await email.fill("billing@example.com");
  await page.getByLabel(`Card ${card}`).check();
  await page.getByRole("button", { name: /^(Subscribe|Pay|Start trial)/ }).click();
}

/** Buys a plan and waits for the account page that shows it. */
export async function buy(page: Page, plan: string): Promise<void> {
  await choose(page, `Choose ${plan}`);
  await pay(page);
  await owns(page, plan);
}

/** Waits for an account page that shows a plan that renews. */
export async function owns(page: Page, plan: string): Promise<void> {
  await page.getByRole("region", { name: plan }).getByText(/Renews on|The trial ends on/).waitFor();
}

/**
 * Waits until the newest invoice is paid and of this amount. Its event may come after the page was opened, so the page is
 * opened again.
 *
 * @throws Error when it is not within 30 seconds
 */
export async function hasPaid(page: Page, amount: string | undefined): Promise<void> {
  const invoices = page.getByRole("region", { name: "Invoices" });
  const cells = invoices.getByRole("row").nth(1).getByRole("cell");
  let newest: string[] = [];
  for (const end = Date.now() + 30_000; Date.now() < end; await reopen()) {
    await invoices.getByText(/^(There are no invoices yet\.|paid|open)$/).first().waitFor();
    newest = await cells.allInnerTexts();
    if (newest[1] === amount && newest.includes("paid")) return;
  }
  throw new Error(`The newest invoice is not a paid one of ${amount}: ${newest.join(" ")}`);

  async function reopen() {
    await page.getByRole("link", { name: "Local shop" }).click();
    await page.getByRole("heading", { name: "Pricing" }).waitFor();
    await Promise.all([
      page.waitForResponse(/stripe-invoices/),
      page.getByRole("link", { name: "Account" }).click(),
    ]);
  }
}
