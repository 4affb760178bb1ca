import { assertEquals, assertStringIncludes } from "@std/assert";
import { journey } from "./journey.ts";

const PASSWORD = "local-password";

journey("a user signs in by hand after a wrong password, and sees the account", async ({ page, url, provoke }) => {
  provoke(/422.*attempt_first_factor/);
  await page.goto(`${url}/account`);
  await page.getByLabel("Email address").fill("ada@example.com");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  const password = page.locator('input[type="password"]:visible').first();
  await password.fill("not the password");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  assertStringIncludes(await page.locator(".cl-formFieldErrorText").first().innerText(), "Password is incorrect");

  await password.fill(PASSWORD);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByRole("heading", { name: "Account" }).waitFor();
  await page.getByRole("heading", { name: "No subscription" }).waitFor();
  assertEquals(new URL(page.url()).pathname, "/account");
});
