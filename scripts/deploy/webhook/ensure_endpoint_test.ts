import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { STRIPE_EVENTS } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../lib/failure.ts";
import { listen } from "../../lib/listen.ts";
import { openAccount } from "../../../packages/stripe-emulator/testing/account.ts";
import { ensureEndpoint } from "./ensure_endpoint.ts";
import type { ManagementApi } from "../target/management_api.ts";
import type { Project } from "../target/project.ts";
import { sha256 } from "../steps/secrets.ts";
import { variablesOf } from "../variables/variables_file.ts";
import { endpointParams } from "./endpoint.ts";

const NAME = "STRIPE_WEBHOOK_SECRET";

/** A Stripe account, and a project that has only secrets and a function that verifies signatures with them. */
function createFixture() {
  const account = openAccount();
  const secrets = new Map<string, string>();
  const posted: string[] = [];
  const state = { refusesSecrets: false, verifies: true, showsHashes: true };
  const server = listen(0, async (request) => {
    const [body, signature] = [await request.text(), request.headers.get("stripe-signature") ?? ""];
    for (const secret of (secrets.get(NAME) ?? "").split(",")) {
      const event = await account.sdk.webhooks.constructEventAsync(body, signature, secret).catch(() => undefined);
      if (event !== undefined && state.verifies) return Response.json({ outcome: "ignored" });
    }
    return Response.json({ error: { code: "invalid_signature", message: "Invalid signature" } }, { status: 400 });
  });
  const api: ManagementApi = {
    get: async <Answer>() =>
      await Promise.all([...secrets].map(async ([name, value]) => ({
        name,
        value: state.showsHashes ? await sha256(value) : "…",
      }))) as Answer,
    post: <Answer>(_path: string, body: unknown) => {
      if (state.refusesSecrets) throw new Failure("POST /secrets failed: Supabase answered 500: no");
      for (const { name, value } of body as { name: string; value: string }[]) {
        secrets.set(name, value);
        posted.push(value);
      }
      return Promise.resolve(undefined as Answer);
    },
  };
  const project = { ref: "abcdefghijklmnopqrst", url: server.url, api } as Project;
  const url = `${server.url}/functions/v1/stripe-webhook`;
  const list = async () => (await account.sdk.webhookEndpoints.list()).data;
  return {
    account,
    secrets,
    posted,
    state,
    url,
    list,
    only: async () => {
      const all = await list();
      assertEquals(all.length, 1);
      return all[0]!;
    },
    ensure: async (options: { rotate?: boolean; env?: string } = {}) => {
      const file = variablesOf(".env", options.env ?? "");
      return (await ensureEndpoint({ project, file, stripe: account.sdk, timeoutMs: 0, ...options })).join("\n");
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await account[Symbol.asyncDispose]();
    },
  };
}

Deno.test("ensureEndpoint without an endpoint creates one with the event table's events and API version, and stores its secret", async () => {
  await using fixture = createFixture();
  const actions = await fixture.ensure();
  const { enabled_events, api_version, status, url } = await fixture.only();
  assertEquals([enabled_events, api_version, status, url], [
    Object.keys(STRIPE_EVENTS),
    endpointParams("").api_version,
    "enabled",
    fixture.url,
  ]);
  const secret = fixture.secrets.get(NAME) ?? "";
  assertMatch(secret, /^whsec_\w{32}$/);
  assertStringIncludes(actions, "secret stored and verified by the function");
  assert(!actions.includes(secret));
});

Deno.test("ensureEndpoint called twice changes nothing on the second call", async () => {
  await using fixture = createFixture();
  await fixture.ensure();
  const { id } = await fixture.only();
  fixture.posted.length = 0;
  assertEquals(await fixture.ensure(), `${id} unchanged`);
  assertEquals([(await fixture.only()).id, fixture.posted], [id, []]);
});

Deno.test("ensureEndpoint with a changed or disabled endpoint corrects it, and keeps its secret", async () => {
  await using fixture = createFixture();
  await fixture.ensure();
  const { id } = await fixture.only();
  await fixture.account.sdk.webhookEndpoints.update(id, { enabled_events: ["price.created"], disabled: true });
  fixture.posted.length = 0;
  const actions = await fixture.ensure();
  assertStringIncludes(actions, "which was disabled");
  assertStringIncludes(actions, "missing customer.created, customer.updated and 37 more");
  const { enabled_events, status } = await fixture.only();
  assertEquals([enabled_events, status, fixture.posted], [Object.keys(STRIPE_EVENTS), "enabled", []]);
  await fixture.account.sdk.webhookEndpoints.update(id, { enabled_events: ["*"] });
  assertStringIncludes(await fixture.ensure(), "unexpected *");
  assertEquals((await fixture.only()).enabled_events, Object.keys(STRIPE_EVENTS));
});

Deno.test("ensureEndpoint with rotate creates a new endpoint, and deletes the old one once the function verifies the new secret", async () => {
  await using fixture = createFixture();
  await fixture.ensure();
  const [old, secret] = [await fixture.only(), fixture.secrets.get(NAME)];
  fixture.state.verifies = false;
  const pending = await fixture.ensure({ rotate: true });
  assertStringIncludes(pending, "not yet verified by the function (400: Invalid signature)");
  assertStringIncludes(pending, `delete ${old.id}`);
  assertEquals((await fixture.list()).length, 2);
  assert(fixture.secrets.get(NAME) !== secret);

  fixture.state.verifies = true;
  assertStringIncludes(await fixture.ensure(), `deleted ${old.id}`);
  const now = await fixture.only();
  assert(now.id !== old.id);
  assertStringIncludes(await fixture.ensure({ rotate: true }), `deleted ${now.id}`);
  assert((await fixture.only()).id !== now.id);
});

Deno.test("ensureEndpoint with an endpoint of another API version replaces it", async () => {
  await using fixture = createFixture();
  const { id } = await fixture.account.sdk.webhookEndpoints.create({
    ...endpointParams(fixture.url),
    api_version: "2020-08-27",
  });
  assertStringIncludes(await fixture.ensure(), `deleted ${id}`);
  assertEquals((await fixture.only()).api_version, endpointParams("").api_version);
});

Deno.test("ensureEndpoint with an endpoint whose secret the project lost replaces it", async () => {
  for (const lost of ["whsec_of_another_endpoint_", undefined]) {
    await using fixture = createFixture();
    await fixture.ensure();
    const { id } = await fixture.only();
    if (lost === undefined) fixture.secrets.delete(NAME);
    else fixture.secrets.set(NAME, lost);
    assertStringIncludes(await fixture.ensure(), `deleted ${id}`);
    assertStringIncludes(await fixture.ensure(), " unchanged");
  }
});

Deno.test("ensureEndpoint after an interruption between creating and storing replaces the unfinished endpoint", async () => {
  await using fixture = createFixture();
  const { id } = await fixture.account.sdk.webhookEndpoints.create(endpointParams(fixture.url));
  fixture.secrets.set(NAME, "whsec_of_the_old_endpoint_");
  assertStringIncludes(await fixture.ensure(), `deleted ${id}`);
  assertStringIncludes(await fixture.ensure(), " unchanged");
});

Deno.test("ensureEndpoint on a platform that shows no hashes keeps an existing secret", async () => {
  await using fixture = createFixture();
  fixture.state.showsHashes = false;
  await fixture.ensure();
  assertStringIncludes(await fixture.ensure(), " unchanged");
});

Deno.test("ensureEndpoint with an endpoint created by hand keeps it, with the secret in the file", async () => {
  await using fixture = createFixture();
  const { id, secret } = await fixture.account.sdk.webhookEndpoints.create({
    url: fixture.url,
    enabled_events: ["price.created"],
    api_version: endpointParams("").api_version,
  });
  assertStringIncludes(await fixture.ensure({ env: `${NAME}=${secret}` }), "missing customer.created");
  assertEquals([(await fixture.only()).id, fixture.secrets.get(NAME)], [id, secret]);
  assertEquals(await fixture.ensure({ env: `${NAME}=${secret}` }), `${id} unchanged`);

  await fixture.ensure({ env: `${NAME}=${secret}`, rotate: true });
  assertEquals(fixture.posted.map((value) => value.split(",").length), [1, 2, 1], "Both secrets during the change");
  assertEquals(fixture.posted[1]?.split(",")[1], secret);
  assertEquals(fixture.posted[2], fixture.posted[1]?.split(",")[0]);
  assert((await fixture.only()).id !== id);
  assertStringIncludes(
    await fixture.ensure({ env: `${NAME}=${secret}` }),
    "belongs to another endpoint and is not used",
  );
  assertEquals(fixture.secrets.get(NAME), fixture.posted[2], "The old secret is not stored again");
});

Deno.test("ensureEndpoint with an endpoint created by hand, whose secret is unknown, replaces it", async () => {
  await using fixture = createFixture();
  const { id } = await fixture.account.sdk.webhookEndpoints.create({ url: fixture.url, enabled_events: ["*"] });
  assertStringIncludes(await fixture.ensure(), `deleted ${id}`);
});

Deno.test("ensureEndpoint leaves other endpoints of the account unchanged, on every page", async () => {
  await using fixture = createFixture();
  for (let number = 0; number < 12; number++) {
    await fixture.account.sdk.webhookEndpoints.create({ url: `https://example.com/${number}`, enabled_events: ["*"] });
  }
  await fixture.ensure();
  await fixture.ensure({ rotate: true });
  assertEquals((await fixture.account.sdk.webhookEndpoints.list({ limit: 100 })).data.length, 13);
});

Deno.test("ensureEndpoint whose secret cannot be stored deletes the new endpoint, and explains how to create one by hand", async () => {
  await using fixture = createFixture();
  fixture.state.refusesSecrets = true;
  const { message } = await assertRejects(() => fixture.ensure(), Failure);
  assertStringIncludes(message, "POST /secrets failed: Supabase answered 500: no");
  assertStringIncludes(message, `add ${fixture.url} at https://dashboard.stripe.com/webhooks`);
  assertStringIncludes(message, `set ${NAME} in ".env" to its signing secret`);
  assert(!message.includes("whsec_"));
  assertEquals(await fixture.list(), []);

  fixture.state.refusesSecrets = false;
  await fixture.ensure();
  const { id } = await fixture.only();
  fixture.state.refusesSecrets = true;
  await assertRejects(() => fixture.ensure({ rotate: true }), Failure);
  assertEquals((await fixture.only()).id, id, "The old endpoint remains");
});

Deno.test("ensureEndpoint that Stripe refuses fails with Stripe's message", async () => {
  await using fixture = createFixture();
  for (let number = 0; number < 16; number++) {
    await fixture.account.sdk.webhookEndpoints.create({ url: `https://example.com/${number}`, enabled_events: ["*"] });
  }
  const { message } = await assertRejects(() => fixture.ensure(), Failure);
  assertStringIncludes(message, "You have reached the maximum of 16 test webhook endpoints");
});
