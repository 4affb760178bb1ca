import type { Page } from "playwright-core";
import { CLERK_PROXY } from "../lib/web_app.ts";

/**
 * Opens a page of the app, signed in by a ticket of Clerk's Backend API, as an administrator lets a user in. The session is
 * made outside of the browser, and Clerk takes it over from the address, so that no page is loaded without it.
 *
 * @param url The app's address
 */
export async function openSignedIn(page: Page, url: string, ticket: string, path = "/"): Promise<void> {
  const post = async (path: string, fields: Record<string, string> = {}) => {
    const response = await fetch(`${url}${CLERK_PROXY}/v1${path}`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    if (!response.ok) throw new Error(`Clerk refuses to sign in: ${response.status} ${await response.text()}`);
    return await response.json();
  };
  const { id } = await post("/dev_browser");
  await post(`/client/sign_ins?__clerk_db_jwt=${id}`, { strategy: "ticket", ticket });
  await page.goto(`${url}${path}?__clerk_db_jwt=${id}`);
  // Clerk must have read the address before the app goes on to another one.
  await page.waitForFunction("globalThis.Clerk?.session");
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
