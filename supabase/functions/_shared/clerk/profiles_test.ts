import { assertEquals } from "@std/assert";
import type { Owner } from "../contract/owner.ts";
import type { User } from "./verify_token.ts";

/** The requests to Clerk's Backend API, and its next answer. */
const requests: { url: string; authorization: string | null }[] = [];
let answer = (): Response | Promise<Response> => new Response(null, { status: 500 });
const clerk = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  requests.push({ url: new URL(request.url).pathname, authorization: request.headers.get("authorization") });
  return answer();
});

Deno.env.set("CLERK_ISSUER", "https://clerk.example.com");
Deno.env.set("CLERK_SECRET_KEY", "sk_test_unit");
Deno.env.set("CLERK_API_URL", `http://127.0.0.1:${clerk.addr.port}`);
const { readProfile } = await import("./profiles.ts");

const ADA: Owner = { id: "user_ada", kind: "user" };
const ACME: Owner = { id: "org_acme", kind: "organization" };
const user = (claims: Record<string, unknown> = {}): User => ({ id: "user_ada", claims });

/** A user as the Backend API returns it. */
const userJson = (fields: Record<string, unknown> = {}) => ({
  id: "user_ada",
  email_addresses: [{ id: "idn_1", email_address: "old@example.com" }, {
    id: "idn_2",
    email_address: "ada@example.com",
  }],
  primary_email_address_id: "idn_2",
  first_name: "Ada",
  last_name: "Lovelace",
  ...fields,
});

/** The profile that results from an answer of Clerk. */
async function profileOf(body: unknown, status = 200) {
  answer = () => Response.json(body, { status });
  return await readProfile(ADA, user());
}

Deno.test("A user's email and name come from the token's claims, without a request to Clerk", async () => {
  requests.length = 0;
  const claims = { email: "ada@example.com", name: " Ada Lovelace " };
  assertEquals(await readProfile(ADA, user(claims)), { email: "ada@example.com", name: "Ada Lovelace" });
  assertEquals(await readProfile(ADA, user({ email: "ada@example.com" })), { email: "ada@example.com" });
  assertEquals(requests, []);
});

Deno.test("Without an email claim, or with an empty one, they come from Clerk's Backend API", async () => {
  requests.length = 0;
  answer = () => Response.json(userJson());
  for (
    const claims of [{}, { name: "Another" }, { email: null }, { email: 5 }, { email: ["a@example.com"] }, {
      email: "",
    }, {
      email: " \n",
      name: "Another",
    }]
  ) {
    assertEquals(await readProfile(ADA, user(claims)), { email: "ada@example.com", name: "Ada Lovelace" });
  }
  assertEquals(requests[0], { url: "/v1/users/user_ada", authorization: "Bearer sk_test_unit" });
  assertEquals(requests.length, 7);
});

Deno.test("The email is the user's primary address and no other", async () => {
  assertEquals(await profileOf(userJson({ primary_email_address_id: null })), { name: "Ada Lovelace" });
  assertEquals(await profileOf(userJson({ primary_email_address_id: "idn_9" })), { name: "Ada Lovelace" });
  assertEquals(await profileOf(userJson({ email_addresses: [] })), { name: "Ada Lovelace" });
});

Deno.test("The name is made of the first and last name, if present", async () => {
  const email = "ada@example.com";
  assertEquals(await profileOf(userJson({ last_name: null })), { email, name: "Ada" });
  assertEquals(await profileOf(userJson({ first_name: "" })), { email, name: "Lovelace" });
  assertEquals(await profileOf(userJson({ first_name: null, last_name: null })), { email });
  assertEquals(await profileOf(userJson({ first_name: "  ", last_name: "" })), { email });
});

Deno.test("An email that Stripe would refuse is left out", async () => {
  const long = `${"a".repeat(501)}@example.com`;
  for (
    const email of ["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@c.com", "a@b..c", long]
  ) {
    assertEquals(await readProfile(ADA, user({ email, name: "Ada" })), { name: "Ada" }, email);
  }
  for (const email of ["ada+stripe@example.co.uk", "a.b-c_d@x-y.example", `${"a".repeat(500)}@example.com`]) {
    assertEquals(await readProfile(ADA, user({ email })), { email });
  }
  assertEquals(await readProfile(ADA, user({ email: " ada@example.com\n" })), { email: "ada@example.com" });
});

Deno.test("A long name is cut to Stripe's limit, never within a character", async () => {
  const email = "ada@example.com";
  assertEquals(await readProfile(ADA, user({ email, name: "a".repeat(300) })), { email, name: "a".repeat(256) });
  const before = "a".repeat(255);
  for (const character of ["👩‍🚀", "e\u0301", "🇩🇪", "👨‍👩‍👧‍👦", "नि"]) {
    assertEquals(await readProfile(ADA, user({ email, name: before + character })), { email, name: before }, character);
    const fits = "a".repeat(256 - character.length) + character;
    assertEquals(await readProfile(ADA, user({ email, name: fits })), { email, name: fits }, character);
    assertEquals(await readProfile(ADA, user({ email, name: `${fits}b` })), { email, name: fits }, character);
  }
  for (const [piled, length] of [["a" + "\u0301".repeat(300), 256], ["a" + "\u{1e8d0}".repeat(300), 255]] as const) {
    assertEquals((await readProfile(ADA, user({ email, name: piled }))).name, piled.slice(0, length));
  }
  assertEquals(await readProfile(ADA, user({ email, name: `${before} b` })), { email, name: before });
  for (const name of [`${"a".repeat(255)}👩‍🚀`, "Ada \ud83d", "\udc00Ada"]) {
    const { name: cut = "" } = await readProfile(ADA, user({ email, name }));
    // A lone surrogate cannot be form-encoded, so no customer could be created.
    assertEquals(decodeURIComponent(encodeURIComponent(cut)), cut);
    assertEquals(cut.startsWith("a") || cut.includes("Ada"), true);
  }
  assertEquals(await readProfile(ADA, user({ email: "ada\ud83d@example.com", name: "Ada" })), { name: "Ada" });
});

Deno.test("A name that is not a string is left out", async () => {
  const email = "ada@example.com";
  for (const name of [null, 5, {}, ["Ada"], "", " \n "]) {
    assertEquals(await readProfile(ADA, user({ email, name })), { email });
  }
});

Deno.test("An organization's name comes from Clerk's Backend API, whatever the caller's token says", async () => {
  requests.length = 0;
  answer = () => Response.json({ id: "org_acme", object: "organization", name: " Acme ", slug: "acme" });
  const claims = { email: "ada@example.com", name: "Ada Lovelace" };
  assertEquals(await readProfile(ACME, user(claims)), { name: "Acme" });
  assertEquals(requests, [{ url: "/v1/organizations/org_acme", authorization: "Bearer sk_test_unit" }]);
});

Deno.test("An organization's name is cut and checked like a user's", async () => {
  for (
    const [name, profile] of [["a".repeat(300), { name: "a".repeat(256) }], ["  ", {}], [null, {}], [5, {}]] as const
  ) {
    answer = () => Response.json({ id: "org_acme", object: "organization", name });
    assertEquals(await readProfile(ACME, user()), profile);
  }
});

for (
  const [what, clerkAnswers] of [
    ["is down", () => new Response("<html>", { status: 502 })],
    ["refuses the key", () => Response.json({ errors: [] }, { status: 401 })],
    ["has no such id", () => Response.json({ errors: [] }, { status: 404 })],
    ["answers 429", () => Response.json({ errors: [] }, { status: 429 })],
    ["answers something other than JSON", () => new Response("<html>")],
    ["answers null", () => Response.json(null)],
    ["answers another object", () => Response.json({ email_addresses: {} })],
    ["breaks the connection", () => Promise.reject(new Error("on purpose"))],
  ] as const
) {
  Deno.test(`When Clerk ${what} the profile of a user and of an organization is empty`, async () => {
    answer = clerkAnswers;
    assertEquals(await readProfile(ADA, user()), {});
    assertEquals(await readProfile(ACME, user()), {});
  });
}
