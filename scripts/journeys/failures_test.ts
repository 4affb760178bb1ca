import { journey } from "./journey.ts";
import { arrive } from "./shop.ts";

const FUNCTIONS = /\/functions\/v1\//;

journey("plans that cannot be loaded are reported, and loaded by the button once the server is back", async (visit) => {
  const { page, url } = visit;
  visit.provoke(/ERR_CONNECTION_REFUSED|ERR_FAILED/);
  await page.route(FUNCTIONS, (route) => route.abort("connectionrefused"));
  await page.goto(url);
  await page.getByRole("alert").getByText("network_error").waitFor();
  await page.unroute(FUNCTIONS);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Team" }).waitFor();
});

journey("an error of the server has its code and request id", async (visit) => {
  const { page, url } = visit;
  visit.provoke(/500/);
  const error = { code: "internal", message: "Something failed", request_id: "req_1" };
  await page.route(
    FUNCTIONS,
    (route) => route.fulfill({ status: 500, headers: { "access-control-allow-origin": "*" }, json: { error } }),
  );
  await page.goto(url);
  await page.getByRole("alert").getByText("internal · req_1").waitFor();
});

journey("plans that are on their way are announced", async ({ page, url }) => {
  const waiting = Promise.withResolvers<void>();
  await page.route(FUNCTIONS, async (route) => {
    await waiting.promise;
    await route.continue();
  });
  await page.goto(url);
  await page.getByRole("status").getByText("Loading the plans").waitFor({ state: "attached" });
  waiting.resolve();
  await page.getByRole("heading", { name: "Team" }).waitFor();
});

journey("a user whose session was revoked is asked to sign in", async (visit) => {
  const { page, stack } = visit;
  await arrive(visit, "/account");
  await page.getByRole("heading", { name: "No subscription" }).waitFor();
  // Clerk's menu of organizations loads its lists, which it may not with a revoked session.
  await page.waitForLoadState("networkidle");
  const session = await page.evaluate<string>("globalThis.Clerk.session.id");
  await stack.clerk("POST", `/v1/sessions/${session}/revoke`, {});
  await page.reload();
  await page.getByLabel("Email address").waitFor();
});
