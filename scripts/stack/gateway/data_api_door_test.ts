import { assertEquals } from "@std/assert";
import { decodeJwt, generateKeyPair, SignJWT } from "jose";
import { createClerk, emptyState } from "../../../packages/clerk-emulator/mod.ts";
import { listen } from "../../lib/listen.ts";
import { createDataApiDoor } from "./data_api_door.ts";
import { createExchange } from "./token_exchange.ts";

const ISSUER = "https://local.clerk.accounts.dev";
const JWT_SECRET = "a secret between the gateway and the Data API";

/** The door, in front of a Data API that answers with the claims that reached it. */
function prepare() {
  const clerk = createClerk(emptyState(), { issuer: ISSUER, secretKey: "sk_test_clerk", authorizedParty: "" });
  const server = listen(0, (request) => clerk.fetch(request));
  const door = createDataApiDoor({
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
    ask: (headers: HeadersInit, query = "", method = "GET") =>
      door(new Request(`http://gateway/rest/v1/table${query}`, { method, headers })),
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

Deno.test("Without a key of the project nobody comes in", async () => {
  await using door = prepare();
  const none = await door.ask({});
  assertEquals(none.status, 401);
  assertEquals((await none.json()).message, "No API key found in request");
  const wrong = await door.ask({ apikey: "sb_publishable_y" });
  assertEquals(wrong.status, 401);
  assertEquals((await wrong.json()).message, "Invalid API key");
  assertEquals(wrong.headers.get("access-control-allow-origin"), "*");
});

Deno.test("A key alone, in a header, in the query or as bearer too, is anon or service_role", async () => {
  await using door = prepare();
  const role = async (answer: Promise<Response>) => (await (await answer).json()).role;
  assertEquals(await role(door.ask({ apikey: "sb_publishable_x" })), "anon");
  assertEquals(await role(door.ask({}, "?apikey=sb_publishable_x")), "anon");
  assertEquals(await role(door.ask({ apikey: "sb_publishable_x", authorization: "Bearer sb_publishable_x" })), "anon");
  assertEquals(await role(door.ask({ apikey: "sb_secret_x" })), "service_role");
});

Deno.test("A Clerk token is who its claims say, whatever the key, and anon without the claim role", async () => {
  await using door = prepare();
  const token = await door.sign({ role: "authenticated", sid: "sess_1" });
  for (const apikey of ["sb_publishable_x", "sb_secret_x"]) {
    const claims = await (await door.ask({ apikey, authorization: `Bearer ${token}` })).json();
    assertEquals([claims.role, claims.sub, claims.sid], ["authenticated", "user_1", "sess_1"]);
  }
  const roleless = await door.ask({ apikey: "sb_secret_x", authorization: `Bearer ${await door.sign({})}` });
  assertEquals((await roleless.json()).role, "anon");
});

Deno.test("A bearer that is no good token is refused in PostgREST's words, never taken for a visitor's", async () => {
  await using door = prepare();
  const ask = (bearer: string) => door.ask({ apikey: "sb_publishable_x", authorization: `Bearer ${bearer}` });
  const now = Math.floor(Date.now() / 1000);
  const { privateKey } = await generateKeyPair("RS256");
  const foreign = await new SignJWT({ iss: ISSUER, role: "authenticated" })
    .setProtectedHeader({ alg: "RS256", kid: "ins_foreign" }).setExpirationTime("1m").sign(privateKey);
  const shared = await new SignJWT({ role: "service_role" })
    .setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(JWT_SECRET));

  assertEquals(await rejected(await ask("nonsense")), [401, "PGRST301"]);
  assertEquals(await rejected(await ask("sb_secret_x")), [401, "PGRST301"]);
  // A secret key is no JWT, and is refused as bearer even where it is the apikey too.
  const twice = await door.ask({ apikey: "sb_secret_x", authorization: "Bearer sb_secret_x" });
  assertEquals(await rejected(twice), [401, "PGRST301"]);
  assertEquals(await rejected(await ask(foreign)), [401, "PGRST301"]);
  assertEquals(await rejected(await ask(shared)), [401, "PGRST301"]);
  assertEquals(await rejected(await ask(await door.sign({ exp: now - 60 }))), [401, "PGRST303"]);
  assertEquals(await rejected(await ask(await door.sign({ nbf: now + 60 }))), [401, "PGRST303"]);
  assertEquals(await rejected(await ask(await door.sign({ iss: "https://other.clerk.accounts.dev" }))), [
    401,
    "PGRST303",
  ]);
  const expired = await ask(await door.sign({ exp: now - 60 }));
  assertEquals(
    expired.headers.get("www-authenticate"),
    `Bearer error="invalid_token", error_description="JWT expired"`,
  );
});

Deno.test("A preflight needs no key and allows what it asks for", async () => {
  await using door = prepare();
  const answer = await door.ask({ "access-control-request-headers": "apikey, authorization" }, "", "OPTIONS");
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.get("access-control-allow-origin"), "*");
  assertEquals(answer.headers.get("access-control-allow-headers"), "apikey, authorization");
});
