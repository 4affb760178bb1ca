import { journey } from "./journey.ts";

journey("a visitor who cannot reach Clerk sees the page, and that signing in is not available", async (visit) => {
  const { page, url } = visit;
  visit.provoke(/ERR_FAILED/);
  visit.provoke(/Failed to load Clerk/);
  await page.route("**/__clerk/**", (route) => route.abort());
  // Clerk's library tries for 15 seconds, which need not pass.
  await page.clock.install();
  await page.goto(url);
  await page.getByRole("heading", { name: "Pricing" }).waitFor();
  await page.clock.runFor(16_000);
  await page.getByRole("alert").getByText("Sign-in is not available").waitFor();
  await page.getByRole("heading", { name: "Pricing" }).waitFor();
});
