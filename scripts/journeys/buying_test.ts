import { assertEquals, assertMatch } from "@std/assert";
import { PROJECT_URL } from "../testbed/client.ts";
import { journey } from "./journey.ts";
import { arrive, buy, choose, hasPaid, owns, pay } from "./shop.ts";
import { signUpByHand } from "./sign_in.ts";

journey("a visitor browses, chooses a plan, signs in, pays, and has what the plan includes", async (visit) => {
  const { page, url, stack } = visit;
  const email = `${crypto.randomUUID()}@example.com`;
  await stack.clerk("POST", "/v1/users", { email_address: [email], password: "orbit-1962" });
  await page.goto(url);
  await page.getByText("Yearly").click();
  await page.getByLabel("Currency").selectOption("eur");
  await page.getByText("€85").waitFor();
  await choose(page, "Choose Starter");

  await page.getByLabel("Email address").fill(email);
  await page.keyboard.press("Enter");
  await page.locator('input[type="password"]:visible').first().fill("orbit-1962");
  await page.keyboard.press("Enter");

  await page.getByText("Due today").waitFor();
  assertMatch(await page.locator("body").innerText(), /Starter every year.*€85\.00/);
  await pay(page);
  await owns(page, "Starter");
  await page.getByRole("region", { name: "What is included" }).getByText("reports").waitFor();
  await hasPaid(page, "€85");
});

journey("a visitor chooses a plan, signs up, and pays", async (visit) => {
  const { page, url } = visit;
  visit.provoke(/422.*sign_ins/); // the address is unknown: Clerk offers to sign up
  await page.goto(url);
  await choose(page, "Choose Starter");
  await signUpByHand(page, `${crypto.randomUUID()}@example.com`);
  await pay(page);
  await owns(page, "Starter");
});

journey("the success page waits for a purchase whose webhook is lost, and reads it from Stripe", async (visit) => {
  const { page, stack } = visit;
  await arrive(visit);
  await stack.deliveryFault({ lost: true, times: 1_000 });
  try {
    await buy(page, "Starter");
  } finally {
    await stack.clearDeliveryFaults();
  }
});

journey("the success page says that a payment is being processed until it is confirmed", async (visit) => {
  const { page, stack } = visit;
  await arrive(visit);
  // The functions answer as before the payment, as if Stripe had not finished it.
  let confirmed = false;
  await page.route(/stripe-subscription\?.*session_id/, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(PROJECT_URL, stack.url) });
    if (confirmed) return await route.fulfill({ response });
    const body = await response.json();
    await route.fulfill({
      response,
      json: { ...body, access: false, checkout: { status: "open", payment_status: "unpaid" } },
    });
  });
  await choose(page, "Choose Starter");
  await pay(page);
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  await page.getByText("We are confirming your payment").waitFor();
  confirmed = true;
  await owns(page, "Starter");
  assertEquals((await stack.deliveries()).given_up, 0);
});

journey("the success page without a payment in its address says so", async (visit) => {
  await arrive(visit, "/success");
  await visit.page.getByText("its address names none").waitFor();
});

journey("a page of a feature opens with the plan that has it", async (visit) => {
  const { page, url } = visit;
  await arrive(visit, "/reports");
  await page.getByText("Reports are part of every plan").waitFor();
  await page.getByRole("link", { name: "See the plans" }).click();
  await buy(page, "Starter");
  await page.goto(`${url}/reports`);
  await page.getByText("Your reports are ready").waitFor();
});

journey("a declined card is named, and another one pays", async (visit) => {
  const { page } = visit;
  visit.provoke(/402/);
  await arrive(visit);
  await choose(page, "Choose Starter");
  await pay(page, "0002");
  await page.getByText(/declined\./).first().waitFor();
  await pay(page, "4242");
  await owns(page, "Starter");
});

journey("a card that asks for authentication pays after it", async (visit) => {
  const { page } = visit;
  await arrive(visit);
  await choose(page, "Choose Starter");
  await pay(page, "3220");
  await page.getByRole("button", { name: "Yes, it is me" }).click();
  await owns(page, "Starter");
});

journey("a user who has a plan and chooses another one is sent to the account", async (visit) => {
  const { page } = visit;
  visit.provoke(/409.*stripe-checkout/);
  await arrive(visit);
  await buy(page, "Starter");
  await page.getByRole("link", { name: "Local shop" }).click();
  await choose(page, "Choose Business");
  await page.getByRole("link", { name: "Change it in the account" }).click();
  await owns(page, "Starter");
});

journey("a buyer who goes back from the payment page can choose again", async (visit) => {
  const { page } = visit;
  await arrive(visit);
  await choose(page, "Choose Starter");
  await page.getByText("Due today").waitFor();
  await page.goBack();
  await buy(page, "Business");
});

journey("a one-time purchase is listed in the account", async (visit) => {
  const { page } = visit;
  await arrive(visit);
  await choose(page, "Buy Onboarding call");
  await pay(page);
  await page.getByRole("region", { name: "Purchases" }).getByText("Onboarding").waitFor();
});
