import { assertEquals, assertStringIncludes } from "@std/assert";
import { listen } from "../../../lib/listen.ts";
import { openAccount, SECRET_KEY } from "../../../../packages/stripe-emulator/test_account.ts";
import type { ManagementApi } from "../../target/management_api.ts";
import { sha256 } from "../../steps/secrets.ts";
import { variablesOf } from "../../variables/variables_file.ts";
import { STORED, wanted } from "../../webhook/endpoint.ts";
import { report } from "../doctor.ts";
import type { Hosted } from "../target.ts";
import { checkWebhook } from "./webhook.ts";

const PROJECT = "https://abcdefghijklmnopqrst.supabase.co";
const URL = `${PROJECT}/functions/v1/stripe-webhook`;
const SECRET = "whsec_0123456789abcdef";
const metadata = { [STORED]: await sha256(SECRET) };

/** What the doctor says of the endpoints of an account, to a project that has a secret, or to a stack. */
async function look(
  { url }: { url: string },
  { has = SECRET, env = "", local = false }: { has?: string; env?: string; local?: boolean } = {},
): Promise<string> {
  const secrets = has === "" ? [] : [{ name: "STRIPE_WEBHOOK_SECRET", value: await sha256(has) }];
  const api: ManagementApi = {
    get: <Answer>() => Promise.resolve(secrets as Answer),
    post: () => Promise.reject(new Error("The doctor changes nothing")),
  };
  const hosted = { api, file: variablesOf(".env", env) } as Hosted;
  const target = { url: PROJECT, stripeUrl: url, variables: { STRIPE_SECRET_KEY: SECRET_KEY }, options: " -- X" };
  return report(await checkWebhook({ ...target, ...(local ? {} : { hosted }) }));
}

Deno.test("The doctor misses an endpoint, and is content with the one that is wanted", async () => {
  await using account = openAccount();
  await account.sdk.webhookEndpoints.create({ url: "https://example.com", enabled_events: ["*"] });
  const said = await look(account);
  assertStringIncludes(said, "WRONG  Webhook: Stripe has no endpoint that sends to this project");
  assertStringIncludes(said, `run "npm run stripe:webhook -- X"`);
  const { id } = await account.sdk.webhookEndpoints.create({ ...wanted(URL), metadata });
  assertStringIncludes(await look(account), `ok     Webhook: ${id} is on, with the 34 events`);
});

Deno.test("The doctor sees whatever is not as it should be about an endpoint", async () => {
  await using account = openAccount();
  const { webhookEndpoints } = account.sdk;
  const { id } = await webhookEndpoints.create({ ...wanted(URL), metadata });
  assertStringIncludes(await look(account, { has: "" }), "the project has no STRIPE_WEBHOOK_SECRET");
  assertStringIncludes(await look(account, { has: "whsec_other" }), `is not the one of ${id}`);
  await webhookEndpoints.update(id, { disabled: true, enabled_events: ["price.created", "charge.failed"] });
  const said = await look(account);
  assertStringIncludes(said, `WRONG  Webhook: ${id} is disabled`);
  assertStringIncludes(said, "is without product.created, product.updated and 31 more and with charge.failed");

  const second = await webhookEndpoints.create({ ...wanted(URL), metadata });
  assertStringIncludes(await look(account), "2 endpoints send to this project, each event more than once");
  for (const each of [id, second.id]) await webhookEndpoints.del(each);
  await webhookEndpoints.create({ ...wanted(URL), metadata, api_version: "2020-08-27" });
  assertStringIncludes(await look(account), "speaks 2020-08-27, not ");
});

Deno.test("The doctor tells of what Stripe could not deliver", async () => {
  await using account = openAccount();
  const gone = listen(0, () => new Response());
  await gone.close();
  await account.sdk.webhookEndpoints.create({ ...wanted(URL), metadata });
  await account.sdk.webhookEndpoints.create({ url: gone.url, enabled_events: ["customer.created"] });
  account.clock.now = Date.now() - 3_600_000;
  assertEquals((await look(account)).includes("could not deliver"), false);
  await account.sdk.customers.create();
  const { data: [event] } = await account.sdk.events.list();
  assertStringIncludes(
    await look(account),
    `note   Webhook: Stripe could not deliver everything of the last day, last ${event?.id} (customer.created) 60 minutes`,
  );
});

Deno.test("An endpoint that was made by hand is believed where the file has its secret", async () => {
  await using account = openAccount();
  const { metadata: _, ...byHand } = wanted(URL);
  const { id } = await account.sdk.webhookEndpoints.create(byHand);
  assertStringIncludes(await look(account), `WRONG  Webhook: ${id} was made by hand`);
  assertStringIncludes(await look(account, { env: `STRIPE_WEBHOOK_SECRET=${SECRET}` }), `ok     Webhook: ${id} is on`);
});

Deno.test("Of a local stack's endpoint only that it is there matters", async () => {
  await using account = openAccount();
  assertStringIncludes(
    await look(account, { local: true }),
    "note   Webhook: no endpoint at Stripe sends to this stack",
  );
  await account.sdk.webhookEndpoints.create({ url: URL, enabled_events: ["*"] });
  assertEquals(await look(account, { local: true }), "ok     Webhook: Stripe sends its events to this stack");
});

Deno.test("A key that may not look is no fault", async () => {
  const error = { type: "invalid_request_error", message: "The provided key does not have the required permissions" };
  const stripe = listen(0, () => Response.json({ error }, { status: 403 }));
  assertStringIncludes(await look(stripe), "note   Webhook: not looked at, because the key may not");
  await stripe.close();
});
