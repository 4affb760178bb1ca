import { assertEquals } from "@std/assert";
import { journey } from "./journey.ts";
import { signUpByHand } from "./sign_in.ts";

journey("a visitor signs up with the code, and signing out in one tab signs the other one out", async (visit) => {
  const { page, url, stack } = visit;
  visit.provoke(/422.*sign_ins/); // the address is unknown: Clerk offers to sign up
  const email = `${crypto.randomUUID()}@example.com`;
  await page.goto(`${url}/account`);
  await signUpByHand(page, email);
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
