import { emptyState } from "../../mod.ts";
import { openAccount } from "../../testing/account.ts";
import { assertEquals, assertMatch } from "../../testing/assert.ts";

const URL = "https://example.com/hook";

Deno.test("a new webhook endpoint has its secret in the answer of the creation only", async () => {
  await using account = openAccount();
  const { sdk } = account;
  const { id, secret, lastResponse: _, ...created } = await sdk.webhookEndpoints.create({
    url: URL,
    enabled_events: ["customer.created", "invoice.paid"],
    description: "Mine",
    metadata: { a: "1" },
  });
  assertMatch(id, /^we_\w{20,}$/);
  assertMatch(secret!, /^whsec_\w{32}$/);
  assertEquals(created, {
    object: "webhook_endpoint",
    api_version: null,
    application: null,
    created: account.clock.now / 1_000,
    description: "Mine",
    enabled_events: ["customer.created", "invoice.paid"],
    livemode: false,
    metadata: { a: "1" },
    status: "enabled",
    url: URL,
  });
  assertEquals((await account.get(`/v1/webhook_endpoints/${id}`)).body, { id, ...created });
  assertEquals((await account.get("/v1/webhook_endpoints")).body.data, [{ id, ...created }]);
  assertEquals((await account.get("/v1/events")).body.data, []);
});

Deno.test("a webhook endpoint can be updated, disabled and deleted", async () => {
  await using account = openAccount();
  const { webhookEndpoints } = account.sdk;
  const { id } = await webhookEndpoints.create({ url: URL, enabled_events: ["*"] });
  const changed = await webhookEndpoints.update(id, {
    url: `${URL}/2`,
    enabled_events: ["price.created"],
    disabled: true,
  });
  assertEquals([changed.url, changed.enabled_events, changed.status], [`${URL}/2`, ["price.created"], "disabled"]);
  assertEquals((await webhookEndpoints.update(id, { disabled: false })).status, "enabled");
  assertEquals((await account.call("DELETE", `/v1/webhook_endpoints/${id}`)).body, {
    id,
    object: "webhook_endpoint",
    deleted: true,
  });
  assertEquals((await account.get(`/v1/webhook_endpoints/${id}`)).status, 404);
  assertEquals((await webhookEndpoints.list()).data, []);
  assertEquals(account.state.webhook_secrets, {});
});

const REFUSED: [what: string, params: string, param: string | undefined][] = [
  ["no URL", "enabled_events[]=*", "url"],
  ["a URL without a scheme", "enabled_events[]=*&url=example.com/hook", "url"],
  ["no events", `url=${URL}`, "enabled_events"],
  ["an empty list of events", `url=${URL}&enabled_events=`, "enabled_events"],
  ["an invalid event type", `url=${URL}&enabled_events[]=Customer created`, "enabled_events[0]"],
  ["`*` and other events", `url=${URL}&enabled_events[]=*&enabled_events[]=a.b`, "enabled_events"],
  ["connected accounts", `url=${URL}&enabled_events[]=*&connect=true`, "connect"],
];

for (const [what, params, param] of REFUSED) {
  Deno.test(`a webhook endpoint with ${what} is refused`, async () => {
    await using account = openAccount();
    const { status, body } = await account.post("/v1/webhook_endpoints", params);
    assertEquals([status, body.error.param], [400, param]);
  });
}

Deno.test("the 17th webhook endpoint of an account is refused", async () => {
  await using account = openAccount();
  const create = async () => (await account.post("/v1/webhook_endpoints", `url=${URL}&enabled_events[]=*`)).status;
  for (let number = 1; number <= 16; number++) assertEquals(await create(), 200);
  assertEquals(await create(), 400);
});

Deno.test("registerEndpoint twice updates the one local endpoint, which is there again after a reset", async () => {
  const local = { url: "http://127.0.0.1:1/hook", secret: "whsec_local", events: ["customer.created"] };
  await using account = openAccount();
  account.local.registerEndpoint(local);
  account.local.registerEndpoint({ ...local, url: "http://127.0.0.1:2/hook", events: ["*"] });
  const shown = async () => {
    const { data } = await account.sdk.webhookEndpoints.list();
    return data.map(({ url, enabled_events }) => [url, enabled_events]);
  };
  assertEquals(await shown(), [["http://127.0.0.1:2/hook", ["*"]]]);
  await account.control("reset");
  assertEquals(await shown(), [["http://127.0.0.1:2/hook", ["*"]]]);
  assertEquals(Object.values(account.state.webhook_secrets), ["whsec_local"]);
  assertEquals(Object.keys(emptyState().webhook_secrets), []);
});
