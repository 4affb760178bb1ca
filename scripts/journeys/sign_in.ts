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
