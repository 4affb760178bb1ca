import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { STRIPE_EVENTS } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../lib/failure.ts";
import { listen } from "../../lib/listen.ts";
import { openAccount } from "../../../packages/stripe-emulator/test_account.ts";
import { ensureEndpoint } from "./ensure_endpoint.ts";
import type { ManagementApi } from "../target/management_api.ts";
import type { Project } from "../target/project.ts";
import { sha256 } from "../steps/secrets.ts";
import { variablesOf } from "../variables/variables_file.ts";
import { wanted } from "./endpoint.ts";

const NAME = "STRIPE_WEBHOOK_SECRET";

/** A Stripe account and a project with nothing but secrets and a function that knows them. */
function open() {
  const account = openAccount();
  const secrets = new Map<string, string>();
  const posted: string[] = [];
  const state = { refuses: false, believes: true, hashes: true };
  const server = listen(0, async (request) => {
    const [body, signature] = [await request.text(), request.headers.get("stripe-signature") ?? ""];
    for (const secret of (secrets.get(NAME) ?? "").split(",")) {
      const event = await account.sdk.webhooks.constructEventAsync(body, signature, secret).catch(() => undefined);
      if (event !== undefined && state.believes) return Response.json({ outcome: "ignored" });
    }
    return Response.json({ error: { code: "invalid_signature", message: "No secret made this" } }, { status: 400 });
  });
  const api: ManagementApi = {
    get: async <Answer>() =>
      await Promise.all([...secrets].map(async ([name, value]) => ({
        name,
        value: state.hashes ? await sha256(value) : "…",
      }))) as Answer,
    post: <Answer>(_path: string, body: unknown) => {
      if (state.refuses) throw new Failure("POST /secrets: Supabase answers 500: no");
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
      return (await ensureEndpoint({ project, file, stripe: account.sdk, patience: 0, ...options })).join("\n");
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await account[Symbol.asyncDispose]();
    },
  };
}

Deno.test("A first endpoint has exactly the table's events and our version, and its secret is stored, unseen", async () => {
  await using its = open();
  const said = await its.ensure();
  const { enabled_events, api_version, status, url } = await its.only();
  assertEquals([enabled_events, api_version, status, url], [
    Object.keys(STRIPE_EVENTS),
    wanted("").api_version,
    "enabled",
    its.url,
  ]);
  const secret = its.secrets.get(NAME) ?? "";
  assertMatch(secret, /^whsec_\w{32}$/);
  assertStringIncludes(said, "the function believes it");
  assert(!said.includes(secret));
});

Deno.test("The second time nothing is done", async () => {
  await using its = open();
  await its.ensure();
  const { id } = await its.only();
  its.posted.length = 0;
  assertEquals(await its.ensure(), `${id}, before`);
  assertEquals([(await its.only()).id, its.posted], [id, []]);
});

Deno.test("An endpoint that was changed or disabled is mended, and keeps its secret", async () => {
  await using its = open();
  await its.ensure();
  const { id } = await its.only();
  await its.account.sdk.webhookEndpoints.update(id, { enabled_events: ["price.created"], disabled: true });
  its.posted.length = 0;
  const said = await its.ensure();
  assertStringIncludes(said, "was disabled");
  assertStringIncludes(said, "without product.created, product.updated and 31 more");
  const { enabled_events, status } = await its.only();
  assertEquals([enabled_events, status, its.posted], [Object.keys(STRIPE_EVENTS), "enabled", []]);
  await its.account.sdk.webhookEndpoints.update(id, { enabled_events: ["*"] });
  assertStringIncludes(await its.ensure(), "with *");
  assertEquals((await its.only()).enabled_events, Object.keys(STRIPE_EVENTS));
});

Deno.test("A rotation makes a new endpoint and secret, and the old one goes once the function believes the new", async () => {
  await using its = open();
  await its.ensure();
  const [old, secret] = [await its.only(), its.secrets.get(NAME)];
  its.state.believes = false;
  const waits = await its.ensure({ rotate: true });
  assertStringIncludes(waits, "does not believe it yet (400: No secret made this)");
  assertStringIncludes(waits, `${old.id} goes`);
  assertEquals((await its.list()).length, 2);
  assert(its.secrets.get(NAME) !== secret);

  its.state.believes = true;
  assertStringIncludes(await its.ensure(), `${old.id} is removed`);
  const now = await its.only();
  assert(now.id !== old.id);
  assertStringIncludes(await its.ensure({ rotate: true }), `${now.id} is removed`);
  assert((await its.only()).id !== now.id);
});

Deno.test("An endpoint of another version is replaced", async () => {
  await using its = open();
  const { id } = await its.account.sdk.webhookEndpoints.create({ ...wanted(its.url), api_version: "2020-08-27" });
  assertStringIncludes(await its.ensure(), `${id} is removed`);
  assertEquals((await its.only()).api_version, wanted("").api_version);
});

Deno.test("An endpoint whose secret the project has lost is replaced", async () => {
  for (const lost of ["whsec_somebody_elses_00000", undefined]) {
    await using its = open();
    await its.ensure();
    const { id } = await its.only();
    if (lost === undefined) its.secrets.delete(NAME);
    else its.secrets.set(NAME, lost);
    assertStringIncludes(await its.ensure(), `${id} is removed`);
    assertStringIncludes(await its.ensure(), ", before");
  }
});

Deno.test("What was broken off between creating and storing is cleared away", async () => {
  await using its = open();
  const { id } = await its.account.sdk.webhookEndpoints.create(wanted(its.url));
  its.secrets.set(NAME, "whsec_of_the_one_before_00");
  assertStringIncludes(await its.ensure(), `${id} is removed`);
  assertStringIncludes(await its.ensure(), ", before");
});

Deno.test("Where the platform shows no hash, a secret that is there is believed", async () => {
  await using its = open();
  its.state.hashes = false;
  await its.ensure();
  assertStringIncludes(await its.ensure(), ", before");
});

Deno.test("An endpoint that was made by hand stays, with the file's secret", async () => {
  await using its = open();
  const { id, secret } = await its.account.sdk.webhookEndpoints.create({
    url: its.url,
    enabled_events: ["price.created"],
    api_version: wanted("").api_version,
  });
  assertStringIncludes(await its.ensure({ env: `${NAME}=${secret}` }), "without product.created");
  assertEquals([(await its.only()).id, its.secrets.get(NAME)], [id, secret]);
  assertEquals(await its.ensure({ env: `${NAME}=${secret}` }), `${id}, before`);

  await its.ensure({ env: `${NAME}=${secret}`, rotate: true });
  assertEquals(its.posted.map((value) => value.split(",").length), [1, 2, 1], "Both, while it changes");
  assertEquals(its.posted[1]?.split(",")[1], secret);
  assertEquals(its.posted[2], its.posted[1]?.split(",")[0]);
  assert((await its.only()).id !== id);
  assertStringIncludes(await its.ensure({ env: `${NAME}=${secret}` }), "is of another endpoint and not used");
  assertEquals(its.secrets.get(NAME), its.posted[2], "The old one does not come back");
});

Deno.test("One that was made by hand is replaced where nobody noted its secret", async () => {
  await using its = open();
  const { id } = await its.account.sdk.webhookEndpoints.create({ url: its.url, enabled_events: ["*"] });
  assertStringIncludes(await its.ensure(), `${id} is removed`);
});

Deno.test("Other endpoints of the account are left alone, on whichever page they are", async () => {
  await using its = open();
  for (let number = 0; number < 12; number++) {
    await its.account.sdk.webhookEndpoints.create({ url: `https://example.com/${number}`, enabled_events: ["*"] });
  }
  await its.ensure();
  await its.ensure({ rotate: true });
  assertEquals((await its.account.sdk.webhookEndpoints.list({ limit: 100 })).data.length, 13);
});

Deno.test("A secret that cannot be stored leaves no endpoint behind, and says what to do by hand", async () => {
  await using its = open();
  its.state.refuses = true;
  const { message } = await assertRejects(() => its.ensure(), Failure);
  assertStringIncludes(message, "POST /secrets: Supabase answers 500: no");
  assertStringIncludes(message, `add ${its.url} at https://dashboard.stripe.com/webhooks`);
  assertStringIncludes(message, `put its signing secret into ".env" as ${NAME}`);
  assert(!message.includes("whsec_"));
  assertEquals(await its.list(), []);

  its.state.refuses = false;
  await its.ensure();
  const { id } = await its.only();
  its.state.refuses = true;
  await assertRejects(() => its.ensure({ rotate: true }), Failure);
  assertEquals((await its.only()).id, id, "The old one goes on");
});

Deno.test("Stripe's refusal is told, with its words", async () => {
  await using its = open();
  for (let number = 0; number < 16; number++) {
    await its.account.sdk.webhookEndpoints.create({ url: `https://example.com/${number}`, enabled_events: ["*"] });
  }
  const { message } = await assertRejects(() => its.ensure(), Failure);
  assertStringIncludes(message, "You have reached the maximum of 16 test webhook endpoints");
});
