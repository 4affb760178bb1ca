import { assertEquals } from "@std/assert";
import { decodeJwt, generateKeyPair, SignJWT } from "jose";
import { createClerk, emptyState } from "../../../packages/clerk-emulator/mod.ts";
import { listen } from "../../lib/listen.ts";
import { createDataApiRoute } from "./data_api_route.ts";
import { createExchange } from "./token_exchange.ts";

const ISSUER = "https://local.clerk.accounts.dev";
const JWT_SECRET = "a secret between the gateway and the Data API";

/** The route, in front of a Data API that answers with the claims of the token that it received. */
function prepare() {
  const clerk = createClerk(emptyState(), { issuer: ISSUER, secretKey: "sk_test_clerk", authorizedParty: "" });
  const server = listen(0, (request) => clerk.fetch(request));
  const route = createDataApiRoute({
    dataApi: {
      fetch(request) {
        const bearer = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
        return Promise.resolve(Response.json(decodeJwt(bearer)));
      },
      close: () => Promise.resolve(),
    },
    exchange: createExchange({ issuer: ISSUER, jwksUrl: `${server.url}/.well-known/jwks.json`, jwtSecret: JWT_SECRET }),
    publishableKey: "sb_publishable_x",
    secretKey: "sb_secret_x",
    jwtSecret: JWT_SECRET,
  });
  return {
    request: (headers: HeadersInit, query = "", method = "GET") =>
      route(new Request(`http://gateway/rest/v1/table${query}`, { method, headers })),
    async sign(claims: Record<string, unknown>): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const response = await fetch(`${server.url}/_local/sign`, {
        method: "POST",
        headers: { authorization: "Bearer sk_test_clerk" },
        body: JSON.stringify({ claims: { iss: ISSUER, sub: "user_1", exp: now + 60, ...claims } }),
      });
      return (await response.json()).jwt;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const rejected = async (answer: Response) => [answer.status, (await answer.json()).code];

Deno.test("The Data API answers 401 without a key of the project, and with an unknown key", async () => {
  await using route = prepare();
  const none = await route.request({});
  assertEquals(none.status, 401);
  assertEquals((await none.json()).message, "No API key found in request");
  const wrong = await route.request({ apikey: "sb_publishable_y" });
  assertEquals(wrong.status, 401);
  assertEquals((await wrong.json()).message, "Invalid API key");
  assertEquals(wrong.headers.get("access-control-allow-origin"), "*");
});

Deno.test("A key without a token, in a header, in the query or as bearer, gives the role anon or service_role", async () => {
  await using route = prepare();
  const role = async (answer: Promise<Response>) => (await (await answer).json()).role;
  assertEquals(await role(route.request({ apikey: "sb_publishable_x" })), "anon");
  assertEquals(await role(route.request({}, "?apikey=sb_publishable_x")), "anon");
  assertEquals(
    await role(route.request({ apikey: "sb_publishable_x", authorization: "Bearer sb_publishable_x" })),
    "anon",
  );
  assertEquals(await role(route.request({ apikey: "sb_secret_x" })), "service_role");
  assertEquals(
    await role(route.request({ apikey: "sb_secret_x", authorization: "Bearer sb_secret_x" })),
    "service_role",
  );
});

Deno.test("A Clerk token gives the role of its claim with any key, and anon without that claim", async () => {
  await using route = prepare();
  const token = await route.sign({ role: "authenticated", sid: "sess_1" });
  for (const apikey of ["sb_publishable_x", "sb_secret_x"]) {
    const claims = await (await route.request({ apikey, authorization: `Bearer ${token}` })).json();
    assertEquals([claims.role, claims.sub, claims.sid], ["authenticated", "user_1", "sess_1"]);
  }
  const roleless = await route.request({ apikey: "sb_secret_x", authorization: `Bearer ${await route.sign({})}` });
  assertEquals((await roleless.json()).role, "anon");
});

Deno.test("An invalid bearer answers 401 with PostgREST's code, and never acts as anon", async () => {
  await using route = prepare();
  const request = (bearer: string) => route.request({ apikey: "sb_publishable_x", authorization: `Bearer ${bearer}` });
  const now = Math.floor(Date.now() / 1000);
  const { privateKey } = await generateKeyPair("RS256");
  const foreign = await new SignJWT({ iss: ISSUER, role: "authenticated" })
    .setProtectedHeader({ alg: "RS256", kid: "ins_foreign" }).setExpirationTime("1m").sign(privateKey);
  const shared = await new SignJWT({ role: "service_role" })
    .setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(JWT_SECRET));

  assertEquals(await rejected(await request("nonsense")), [401, "PGRST301"]);
  assertEquals(await rejected(await request("sb_secret_x")), [401, "PGRST301"]);
  assertEquals(await rejected(await request(foreign)), [401, "PGRST301"]);
  assertEquals(await rejected(await request(shared)), [401, "PGRST301"]);
  assertEquals(await rejected(await request(await route.sign({ exp: now - 60 }))), [401, "PGRST303"]);
  assertEquals(await rejected(await request(await route.sign({ nbf: now + 60 }))), [401, "PGRST303"]);
  assertEquals(await rejected(await request(await route.sign({ iss: "https://other.clerk.accounts.dev" }))), [
    401,
    "PGRST303",
  ]);
  const expired = await request(await route.sign({ exp: now - 60 }));
  assertEquals(
    expired.headers.get("www-authenticate"),
    `Bearer error="invalid_token", error_description="JWT expired"`,
  );
});

Deno.test("A preflight needs no key and allows the requested headers", async () => {
  await using route = prepare();
  const answer = await route.request({ "access-control-request-headers": "apikey, authorization" }, "", "OPTIONS");
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.get("access-control-allow-origin"), "*");
  assertEquals(answer.headers.get("access-control-allow-headers"), "apikey, authorization");
});
