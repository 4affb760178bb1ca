import type { Page } from "playwright-core";

/** Signs a page in by a ticket of Clerk's Backend API, as an administrator lets a user in. */
export async function signInByTicket(page: Page, ticket: string): Promise<void> {
  await page.waitForFunction("globalThis.Clerk?.loaded");
  await page.evaluate(async (ticket) => {
    const { Clerk } = globalThis as any;
    const { createdSessionId } = await Clerk.client.signIn.create({ strategy: "ticket", ticket });
    await Clerk.setActive({ session: createdSessionId });
  }, ticket);
}

/** Signs a new user up by hand, from Clerk's page on, which offers it for an unknown address with a 422. */
export async function signUpByHand(page: Page, email: string): Promise<void> {
  await page.getByLabel("Email address").fill(email);
  await page.keyboard.press("Enter");
  await page.getByPlaceholder("Create a password").fill("orbit-1962");
  // A click could miss the button, which moves when the field has been checked.
  await page.keyboard.press("Enter");
  await page.getByText("Verify your email").first().waitFor();
  await page.keyboard.type("424242");
}
