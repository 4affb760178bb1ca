/** The client with the real supabase-js against a stack: from the catalog to a paid, changed and canceled plan. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import {
  BillingError,
  type BillingServer,
  createBilling,
  type SubscriptionState,
  type SupabaseLike,
} from "../../packages/client/mod.ts";
import { savePortalSettings } from "../stack/stripe_cli.ts";
import { createProcesses } from "../lib/processes.ts";
import { createTestStack, ORIGIN, type TestStack } from "../testbed/client.ts";

interface Catalog {
  lookup_key: "starter_monthly" | "team_monthly" | "team_yearly";
  entitlement: "reports" | "single_sign_on";
}

const URLS = { success_url: `${ORIGIN}/thanks?session={CHECKOUT_SESSION_ID}`, cancel_url: `${ORIGIN}/plans` };

type Service = (
  project: { url: string; publishable_key: string },
  getToken: () => Promise<string | null>,
) => SupabaseLike | BillingServer;

/** What the client is made with. */
const SERVICES: Record<string, Service> = {
  "supabase-js": ({ url, publishable_key }, accessToken) => createClient(url, publishable_key, { accessToken }),
  "a base URL": ({ url }, getToken) => ({ url: `${url}/functions/v1`, getToken }),
};

/** The client of a user, as an application makes it. */
async function openBilling(service: Service, stack: TestStack, user: string | null, role?: "admin" | "member") {
  const token = user === null ? null : await stack.sign({
    sub: stack.users[user],
    exp: Math.floor(Date.now() / 1_000) + 3_600,
    ...role && { v: 2, o: { id: stack.organizations.acme, rol: role } },
  });
  return createBilling<Catalog>(service(stack, () => Promise.resolve(token)), { retries: 5 });
}

async function startShop(service: Service) {
  const stack = await createTestStack({ seed: true, webhook: true });
  await savePortalSettings({ url: stack.stripe_url, secretKey: stack.stripe_secret_key, processes: createProcesses() });
  // The first list fills the catalog.
  await (await openBilling(service, stack, "ada")).products.page();
  return stack;
}

/** Pays on Stripe's page. @returns Where the browser is sent */
async function pay(url: string): Promise<string> {
  const entered = new URLSearchParams({ action: "pay", method: "visa" });
  const response = await fetch(url, { method: "POST", body: entered, redirect: "manual" });
  await response.body?.cancel();
  return response.headers.get("location")!;
}

const signedOut = () => Promise.resolve(null);

const isBillingError = (code: BillingError["code"]) => async (call: Promise<unknown>) => {
  const error = await call.then(() => undefined, (error: unknown) => error);
  assert(BillingError.is(error, code), `${code} expected: ${error}`);
  return error;
};

for (const [name, service] of Object.entries(SERVICES)) {
  Deno.test(`${name}: a user buys, changes and cancels a plan with the client`, async (t) => {
    await using stack = await startShop(service);
    const billing = await openBilling(service, stack, "ada");
    const plan = (state: SubscriptionState<Catalog>) => state.subscriptions[0]!;

    await t.step("products and prices are listed, page by page and to their end", async () => {
      const page = await billing.products.page({ limit: 2, expand: ["prices"] });
      assertEquals(page.data.map(({ prices }) => prices.every(({ product }) => typeof product === "string")), [
        true,
        true,
      ]);
      const ids = [];
      for await (const { id } of billing.products.all({ limit: 2 })) ids.push(id);
      assertEquals([ids.slice(0, 2), new Set(ids).size], [page.data.map(({ id }) => id), ids.length]);
      const [price] = (await billing.prices.page({ lookup_key: ["team_monthly"], expand: ["product"] })).data;
      assertEquals([price!.lookup_key, price!.product.name], ["team_monthly", "Team"]);
      let yearly = 0;
      for await (const { recurring } of billing.prices.all({ interval: "year", limit: 1 })) yearly += recurring ? 1 : 0;
      assert(yearly > 1);
    });

    await t.step("a user who bought nothing has no customer and no entitlement", async () => {
      assertEquals(await billing.customer.find(), null);
      const state = await billing.subscription.get();
      assertEquals([state.status, state.access, state.hasEntitlement("reports")], ["none", false, false]);
      assertEquals((await billing.customer.ensure()).created, true);
      assertEquals((await billing.customer.find())?.created, false);
    });

    await t.step("a lookup key is bought, and waitFor returns when it is paid", async () => {
      const { url, id, mode } = await billing.checkout.create({ price: "starter_monthly", ...URLS });
      assertEquals(mode, "subscription");
      const waiting = billing.subscription.waitFor(
        // A state of the mirror has the entitlement too, but no session.
        (state) => state.hasEntitlement("reports") && state.checkout !== undefined,
        { session_id: id },
      );
      assertEquals(await pay(url), `${ORIGIN}/thanks?session=${id}`);
      const state = await waiting;
      assertEquals([state?.status, state?.checkout?.status, state?.entitlements], ["active", "complete", ["reports"]]);
      assertEquals(state?.hasEntitlement("single_sign_on"), false);
    });

    await t.step("a second plan is refused with what to do instead", async () => {
      const call = billing.checkout.create({ price: "team_monthly", ...URLS });
      const { hint, requestId, status } = await isBillingError("already_subscribed")(call);
      assertEquals([hint?.action, status, typeof requestId], ["portal", 409, "string"]);
    });

    await t.step("a change is previewed by its lookup key, and the portal opens for it", async () => {
      const { id: subscription } = plan(await billing.subscription.get());
      const preview = await billing.subscription.preview({ subscription, price: "team_monthly" });
      assertEquals([preview.due, preview.price.startsWith("price_"), preview.total > 0], ["now", true, true]);
      const flow = { type: "confirm_update", subscription, price: "team_monthly" } as const;
      const { url } = await billing.portal.create({ return_url: ORIGIN, flow });
      assertStringIncludes(await (await fetch(url)).text(), "Team");
    });

    await t.step("a plan is canceled with its period and resumed", async () => {
      const { id: subscription, current_period_end } = plan(await billing.subscription.get());
      assertEquals((await billing.subscription.cancel({ subscription })).will_cancel_at, current_period_end);
      assertEquals((await billing.subscription.resume({ subscription })).will_cancel_at, null);
      await isBillingError("subscription_not_found")(billing.subscription.cancel({ subscription: "sub_none" }));
    });

    await t.step("invoices are listed to their end, and one is fetched by its id", async () => {
      const invoices = [];
      for await (const invoice of billing.invoices.all({ limit: 1 })) invoices.push(invoice);
      const { data } = await billing.invoices.page({ invoice: invoices[0]!.id });
      assertEquals([invoices.length, data[0]?.status], [1, "paid"]);
    });

    await t.step("watch shows a change that another client makes, without Realtime", async () => {
      const { id: subscription } = plan(await billing.subscription.get());
      const seen: (number | null)[] = [];
      const ends = Promise.withResolvers<void>();
      const end = billing.subscription.watch((state) => {
        seen.push(plan(state).will_cancel_at);
        if (seen.length === 2) ends.resolve();
      }, { interval: 50 });
      while (seen.length === 0) await new Promise((resume) => setTimeout(resume, 20));
      await (await openBilling(service, stack, "ada")).subscription.cancel({ subscription });
      await ends.promise;
      end();
      assertEquals([seen[0], typeof seen[1]], [null, "number"]);
    });
  });

  Deno.test(`${name}: an organization buys with the client, a member reads it, and only a billing role acts`, async () => {
    await using stack = await startShop(service);
    const owner = { for: "organization" } as const;
    const admin = await openBilling(service, stack, "ada", "admin");
    const member = await openBilling(service, stack, "grace", "member");

    const { url } = await admin.checkout.create({ ...owner, price: "team_monthly", ...URLS });
    await pay(url);
    assertEquals((await admin.subscription.waitFor(({ access }) => access, owner))?.owner, stack.organizations.acme);
    assertEquals((await member.subscription.get(owner)).hasEntitlement("reports"), true);
    assertEquals((await member.subscription.get()).access, false, "A member bought nothing");
    await isBillingError("forbidden")(member.checkout.create({ ...owner, price: "team_monthly", ...URLS }));
    await isBillingError("organization_required")((await openBilling(service, stack, "alan")).customer.ensure(owner));
  });

  Deno.test(`${name}: the client's errors name what happened`, async (t) => {
    await using stack = await createTestStack();
    const visitor = await openBilling(service, stack, null);
    const ada = await openBilling(service, stack, "ada");

    await t.step("a visitor is unauthenticated", async () => {
      await isBillingError("unauthenticated")(visitor.customer.ensure());
    });

    await t.step("a wrong field is named in details", async () => {
      const error = await isBillingError("invalid_request")(ada.products.page({ limit: 1_000 }));
      assertEquals(error.details.map(({ field }) => field), ["limit"]);
    });

    await t.step("an unknown price is not offered", async () => {
      await isBillingError("price_not_offered")(ada.checkout.create({ price: "price_none", ...URLS }));
    });

    await t.step("a database that is down is reported, and a repetition after it succeeds", async () => {
      await stack.stopDatabase();
      const error = await isBillingError("database_unavailable")(
        createBilling(service(stack, () => stack.signIn("ada")), { retries: 0 }).customer.find(),
      );
      assert(error.retryAfter! > 0);
      const found = ada.customer.find();
      await stack.startDatabase();
      assertEquals(await found, null);
    });

    await t.step("a stack that does not answer is a network_error", async () => {
      const offline = service({ ...stack, url: "http://127.0.0.1:9" }, signedOut);
      await isBillingError("network_error")(createBilling(offline, { retries: 0 }).products.page());
    });

    await t.step("a function that does not exist is a platform_error", async () => {
      const wrong = service({ ...stack, url: `${stack.url}/functions/v1/none` }, signedOut);
      const error = await isBillingError("platform_error")(createBilling(wrong).products.page());
      assertEquals(error.status, 404);
    });

    await t.step("an aborted call rejects with the reason of the signal", async () => {
      const controller = new AbortController();
      const call = ada.products.page({}, { signal: controller.signal });
      controller.abort(new Error("left the page"));
      await assertRejects(() => call, Error, "left the page");
    });
  });
}
