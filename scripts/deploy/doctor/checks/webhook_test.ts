import { assertEquals, assertStringIncludes } from "@std/assert";
import { listen } from "../../../lib/listen.ts";
import { openAccount, SECRET_KEY } from "../../../../packages/stripe-emulator/testing/account.ts";
import type { ManagementApi } from "../../target/management_api.ts";
import { sha256 } from "../../steps/secrets.ts";
import { variablesOf } from "../../variables/variables_file.ts";
import { endpointParams, STORED_HASH } from "../../webhook/endpoint.ts";
import { report } from "../doctor.ts";
import type { Hosted } from "../target.ts";
import { checkWebhook } from "./webhook.ts";

const PROJECT = "https://abcdefghijklmnopqrst.supabase.co";
const URL = `${PROJECT}/functions/v1/stripe-webhook`;
const SECRET = "whsec_0123456789abcdef";
const metadata = { [STORED_HASH]: await sha256(SECRET) };

/** The doctor's report on an account's endpoints, for a project with a secret or for a local stack. */
async function check(
  { url }: { url: string },
  { stored = SECRET, env = "", local = false }: { stored?: string; env?: string; local?: boolean } = {},
): Promise<string> {
  const secrets = stored === "" ? [] : [{ name: "STRIPE_WEBHOOK_SECRET", value: await sha256(stored) }];
  const api: ManagementApi = {
    get: <Answer>() => Promise.resolve(secrets as Answer),
    post: () => Promise.reject(new Error("The doctor must not change anything")),
  };
  const hosted = { api, file: variablesOf(".env", env) } as Hosted;
  const target = { url: PROJECT, stripeUrl: url, variables: { STRIPE_SECRET_KEY: SECRET_KEY }, options: " -- X" };
  return report(await checkWebhook({ ...target, ...(local ? {} : { hosted }) }));
}

Deno.test("checkWebhook without an endpoint reports it as missing, and with the right endpoint nothing wrong", async () => {
  await using account = openAccount();
  await account.sdk.webhookEndpoints.create({ url: "https://example.com", enabled_events: ["*"] });
  const text = await check(account);
  assertStringIncludes(text, "WRONG  Webhook: Stripe has no endpoint that sends to this project");
  assertStringIncludes(text, `run "npm run stripe:webhook -- X"`);
  const { id } = await account.sdk.webhookEndpoints.create({ ...endpointParams(URL), metadata });
  assertStringIncludes(await check(account), `ok     Webhook: ${id} is enabled, with the 40 events`);
});

Deno.test("checkWebhook with a wrong endpoint names every difference", async () => {
  await using account = openAccount();
  const { webhookEndpoints } = account.sdk;
  const { id } = await webhookEndpoints.create({ ...endpointParams(URL), metadata });
  assertStringIncludes(await check(account, { stored: "" }), "the project has no STRIPE_WEBHOOK_SECRET");
  assertStringIncludes(await check(account, { stored: "whsec_other" }), `is not that of ${id}`);
  await webhookEndpoints.update(id, { disabled: true, enabled_events: ["price.created", "charge.failed"] });
  const text = await check(account);
  assertStringIncludes(text, `WRONG  Webhook: ${id} is disabled`);
  assertStringIncludes(
    text,
    "are wrong: missing customer.created, customer.updated and 37 more, unexpected charge.failed",
  );

  const second = await webhookEndpoints.create({ ...endpointParams(URL), metadata });
  assertStringIncludes(await check(account), "2 endpoints send to this project, so each event arrives more than once");
  for (const each of [id, second.id]) await webhookEndpoints.del(each);
  await webhookEndpoints.create({ ...endpointParams(URL), metadata, api_version: "2020-08-27" });
  assertStringIncludes(await check(account), "sends API version 2020-08-27, not ");
});

Deno.test("checkWebhook reports an event that Stripe could not deliver", async () => {
  await using account = openAccount();
  const closed = listen(0, () => new Response());
  await closed.close();
  await account.sdk.webhookEndpoints.create({ ...endpointParams(URL), metadata });
  await account.sdk.webhookEndpoints.create({ url: closed.url, enabled_events: ["customer.created"] });
  account.clock.now = Date.now() - 3_600_000;
  assertEquals((await check(account)).includes("could not deliver"), false);
  await account.sdk.customers.create();
  const { data: [event] } = await account.sdk.events.list();
  assertStringIncludes(
    await check(account),
    `note   Webhook: Stripe could not deliver every event of the last day, last ${event?.id} (customer.created) 60 minutes`,
  );
});

Deno.test("checkWebhook accepts an endpoint created by hand only with its secret in the file", async () => {
  await using account = openAccount();
  const { metadata: _, ...byHand } = endpointParams(URL);
  const { id } = await account.sdk.webhookEndpoints.create(byHand);
  assertStringIncludes(await check(account), `WRONG  Webhook: ${id} was created by hand`);
  assertStringIncludes(
    await check(account, { env: `STRIPE_WEBHOOK_SECRET=${SECRET}` }),
    `ok     Webhook: ${id} is enabled`,
  );
});

Deno.test("checkWebhook on a local stack requires only that an endpoint exists", async () => {
  await using account = openAccount();
  assertStringIncludes(
    await check(account, { local: true }),
    "note   Webhook: no endpoint at Stripe sends to this stack",
  );
  await account.sdk.webhookEndpoints.create({ url: URL, enabled_events: ["*"] });
  assertEquals(await check(account, { local: true }), "ok     Webhook: Stripe sends its events to this stack");
});

Deno.test("checkWebhook with a key that may not list endpoints is a note, not an error", async () => {
  const error = { type: "invalid_request_error", message: "The provided key does not have the required permissions" };
  const stripe = listen(0, () => Response.json({ error }, { status: 403 }));
  assertStringIncludes(
    await check(stripe),
    "note   Webhook: not checked, because the Stripe key may not list endpoints",
  );
  await stripe.close();
});
