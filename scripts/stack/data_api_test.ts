import { assertEquals } from "@std/assert";
import { createDataApi } from "./data_api.ts";
import { signDataApiToken } from "./gateway/token_exchange.ts";
import { connect } from "../lib/database.ts";
import { createTestStack } from "../testbed/client.ts";

const JWT_SECRET = "a secret between the gateway and the Data API";

/** A table with a policy, and functions for the cases that PostgREST has a response for. */
const SCHEMA = `
  create table notes (id int primary key, owner text, body jsonb);
  alter table notes enable row level security;
  create policy "Owners read their notes" on notes for select to authenticated
    using (owner = (current_setting('request.jwt.claims')::jsonb ->> 'sub'));
  grant select on notes to authenticated;
  grant all on notes to service_role;
  insert into notes values (1, 'user_ada', '{"a": [1, {"b": null}]}'), (2, 'user_grace', '[]');

  create function echo(value jsonb) returns jsonb language sql as 'select value';
  create function kind(value jsonb) returns text language sql as 'select jsonb_typeof(value)';
  create function me() returns text language sql as 'select current_user::text';
  create function timeout() returns text language sql as $$ select current_setting('statement_timeout') $$;
  create function refuse(state text) returns void language plpgsql as
    $$ begin raise exception 'Refused' using errcode = state, detail = 'Why', hint = 'How'; end $$;
  grant execute on function echo, kind, me, timeout, refuse to anon, authenticated, service_role;
`;

type Claims = { role: string; sub?: string };

async function openApi() {
  const stack = await createTestStack();
  const sql = connect(stack.database_url);
  await sql.unsafe(SCHEMA);
  await sql.end();
  const api = await createDataApi({
    url: stack.database_url.replace("postgres:postgres@", "authenticator:authenticator@"),
    jwtSecret: JWT_SECRET,
    publishableKey: "sb_publishable_x",
    secretKey: "sb_secret_x",
    connections: 3,
  });
  async function send(method: string, path: string, claims: Claims, body?: unknown): Promise<Response> {
    return await api.fetch(
      new Request(`http://gateway/rest/v1/${path}`, {
        method,
        headers: {
          apikey: "sb_publishable_x",
          authorization: `Bearer ${await signDataApiToken(claims, JWT_SECRET)}`,
          "content-type": "application/json",
        },
        body: body === undefined ? null : JSON.stringify(body),
      }),
    );
  }
  return {
    read: (path: string, claims: Claims) => send("GET", path, claims),
    call: (name: string, claims: Claims, args: unknown = {}) => send("POST", `rpc/${name}`, claims, args),
    async [Symbol.asyncDispose]() {
      await api.close();
      await stack[Symbol.asyncDispose]();
    },
  };
}

const anon = { role: "anon" };
const ada = { role: "authenticated", sub: "user_ada" };
const server = { role: "service_role" };

Deno.test("The Data API switches to the role of the token, so that its policies apply", async () => {
  await using api = await openApi();
  for (const claims of [anon, ada, server]) {
    assertEquals(await (await api.call("me", claims)).json(), claims.role);
  }
  assertEquals(await (await api.read("notes?select=id,body", ada)).json(), [{ id: 1, body: { a: [1, { b: null }] } }]);
  assertEquals((await (await api.read("notes?select=id", server)).json()).length, 2);
  const refused = await api.read("notes", anon);
  assertEquals([refused.status, (await refused.json()).code], [401, "42501"]);
});

Deno.test("The Data API refuses a role that authenticator must not assume", async () => {
  await using api = await openApi();
  assertEquals((await api.call("me", { role: "postgres" })).status, 403);
  assertEquals((await api.call("me", { role: "supabase_admin" })).status, 403);
});

Deno.test("The Data API passes JSON arguments unchanged", async () => {
  await using api = await openApi();
  for (const value of [{ a: [1, "2", null] }, {}, [], [{ b: true }]]) {
    assertEquals(await (await api.call("echo", server, { value })).json(), value);
  }
  assertEquals(await (await api.call("kind", server, { value: {} })).json(), "object");
  assertEquals(await (await api.call("kind", server, { value: [] })).json(), "array");
});

Deno.test("The Data API sets the statement timeouts of the roles", async () => {
  await using api = await openApi();
  assertEquals(await (await api.call("timeout", anon)).json(), "3s");
  assertEquals(await (await api.call("timeout", ada)).json(), "8s");
  // service_role has no setting, so that of authenticator applies.
  assertEquals(await (await api.call("timeout", server)).json(), "8s");
});

const STATUSES: [state: string, status: number][] = [
  ["22023", 400],
  ["P0001", 400],
  ["23503", 409],
  ["23505", 409],
  ["23514", 400],
  ["40001", 500],
  ["40P01", 500],
  ["53300", 503],
  ["55000", 500],
  ["57014", 500],
  ["PT409", 409],
];

Deno.test("The Data API answers each database error with PostgREST's code and status", async () => {
  await using api = await openApi();
  for (const [state, status] of STATUSES) {
    const answer = await api.call("refuse", server, { state });
    assertEquals([state, answer.status], [state, status]);
    const { code, message, details, hint } = await answer.json();
    assertEquals({ code, message, details, hint }, { code: state, message: "Refused", details: "Why", hint: "How" });
  }
});

Deno.test("The Data API answers more simultaneous calls than it has connections", async () => {
  await using api = await openApi();
  const answers = await Promise.all(Array.from({ length: 30 }, () => api.call("me", ada)));
  assertEquals(await Promise.all(answers.map((answer) => answer.json())), Array(30).fill("authenticated"));
});

Deno.test("The Data API reads the schema when it is opened, and another with its cache does not read it again", async () => {
  await using stack = await createTestStack();
  const sql = connect(stack.database_url);
  let [known, written] = ["", 0];
  const schemaCache = {
    get: () => Promise.resolve(known || undefined),
    set: (_: string, schema: string) => Promise.resolve(void ([known, written] = [schema, written + 1])),
    delete: () => Promise.resolve(void (known = "")),
  };
  const open = () =>
    createDataApi({
      url: stack.database_url.replace("postgres:postgres@", "authenticator:authenticator@"),
      jwtSecret: JWT_SECRET,
      publishableKey: "sb_publishable_x",
      secretKey: "sb_secret_x",
      schemaCache,
    });
  const first = await open();
  await sql.unsafe("create table later (id int); grant all on later to service_role");
  const second = await open();
  const authorization = `Bearer ${await signDataApiToken(server, JWT_SECRET)}`;
  for (const api of [first, second]) {
    const read = (table: string) =>
      api.fetch(
        new Request(`http://gateway/rest/v1/${table}`, { headers: { apikey: "sb_publishable_x", authorization } }),
      );
    assertEquals((await (await read("later")).json()).code, "PGRST205");
    assertEquals(await (await read("stripe_products")).json(), []);
    await api.close();
  }
  assertEquals(written, 1);
  await sql.end();
});

Deno.test("The Data API answers 503 while its database is down, and recovers afterwards", async () => {
  await using stack = await createTestStack();
  const call = () =>
    fetch(`${stack.url}/rest/v1/rpc/clerk_user_id`, { method: "POST", headers: { apikey: stack.publishable_key } });
  assertEquals((await call()).status, 200);
  await stack.stopDatabase();
  const answer = await call();
  assertEquals([answer.status, (await answer.json()).code], [503, "PGRST001"]);
  await stack.startDatabase();
  // An idle connection that was closed is detected by the next request on it.
  const statuses: number[] = [];
  while (statuses.at(-1) !== 200 && statuses.length < 20) {
    const answer = await call();
    await answer.body?.cancel();
    statuses.push(answer.status);
  }
  assertEquals(statuses.at(-1), 200, `The statuses were ${statuses}`);
});
