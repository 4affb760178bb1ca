import { assertEquals } from "@std/assert";
import { journey } from "./journey.ts";

journey("a visitor signs up with the code, and signing out in one tab signs the other one out", async (visit) => {
  const { page, url, stack } = visit;
  visit.provoke(/422.*sign_ins/); // the address is unknown: Clerk offers to sign up
  const email = `${crypto.randomUUID()}@example.com`;
  await page.goto(`${url}/account`);
  await page.getByLabel("Email address").fill(email);
  await page.keyboard.press("Enter");
  await page.getByPlaceholder("Create a password").fill("orbit-1962");
  // A click could miss the button, which moves when the field has been checked.
  await page.keyboard.press("Enter");
  await page.getByText("Verify your email").first().waitFor();
  await page.keyboard.type("424242");
  await page.getByRole("heading", { name: "Account" }).waitFor();
  const users = await stack.clerk<unknown[]>("GET", `/v1/users?email_address=${email}`);
  assertEquals(users.length, 1);

  const second = await page.context().newPage();
  await second.goto(url);
  await second.getByRole("button", { name: "Open user menu" }).click();
  await second.getByRole("button", { name: "Sign out" }).click();
  await second.getByRole("link", { name: "Sign in" }).waitFor();
  await page.getByLabel("Email address").waitFor();
});
