import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { journey } from "./journey.ts";

const PASSWORD = "local-password";

journey("a user signs in by hand after a wrong password, and sees the account", async ({ page, url, provoke }) => {
  provoke(/422.*attempt_first_factor/);
  await page.goto(`${url}/account`);
  await page.getByLabel("Email address").waitFor();
  const { button, primary } = await colors(page);
  assertEquals(button, primary, "a color that Clerk cannot resolve leaves the button invisible");
  await page.getByLabel("Email address").fill("ada@example.com");
  await page.keyboard.press("Enter");
  const password = page.getByLabel("Password", { exact: true });
  await password.fill("not the password");
  await page.keyboard.press("Enter");
  await page.getByText("Password is incorrect").first().waitFor();

  await password.fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Account" }).waitFor();
  await page.getByRole("heading", { name: "No subscription" }).waitFor();
  assertEquals(new URL(page.url()).pathname, "/account");
});

/** The color of Clerk's button, and the app's own. */
function colors(page: Page): Promise<{ button: string; primary: string }> {
  return page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as any;
    const probe = document.body.appendChild(document.createElement("p"));
    probe.style.color = "var(--primary)";
    const primary = getComputedStyle(probe).color;
    probe.remove();
    return { button: getComputedStyle(document.querySelector(".cl-formButtonPrimary")).backgroundColor, primary };
  });
}
