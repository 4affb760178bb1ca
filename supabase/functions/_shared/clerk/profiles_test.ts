import { assertEquals } from "@std/assert";
import type { User } from "./verify_token.ts";

/** What Clerk's Backend API is asked, and what it answers next. */
const asked: { url: string; authorization: string | null }[] = [];
let answer = (): Response | Promise<Response> => new Response(null, { status: 500 });
const clerk = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  asked.push({ url: new URL(request.url).pathname, authorization: request.headers.get("authorization") });
  return answer();
});

Deno.env.set("CLERK_ISSUER", "https://clerk.example.com");
Deno.env.set("CLERK_SECRET_KEY", "sk_test_unit");
Deno.env.set("CLERK_API_URL", `http://127.0.0.1:${clerk.addr.port}`);
const { readProfile } = await import("./profiles.ts");

const user = (claims: Record<string, unknown> = {}): User => ({ id: "user_ada", sessionId: "sess_1", claims });

/** A user as the Backend API shows one. */
const shown = (fields: Record<string, unknown> = {}) => ({
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

/** The profile that comes of what Clerk answers. */
async function profileOf(body: unknown, status = 200) {
  answer = () => Response.json(body, { status });
  return await readProfile(user());
}

Deno.test("Email and name come from the token's claims, and Clerk is asked nothing", async () => {
  asked.length = 0;
  const claims = { email: "ada@example.com", name: " Ada Lovelace " };
  assertEquals(await readProfile(user(claims)), { email: "ada@example.com", name: "Ada Lovelace" });
  assertEquals(await readProfile(user({ email: "ada@example.com" })), { email: "ada@example.com" });
  assertEquals(asked, []);
});

Deno.test("Without an email claim Clerk's Backend API is asked for this user", async () => {
  asked.length = 0;
  answer = () => Response.json(shown());
  for (const claims of [{}, { name: "Somebody" }, { email: null }, { email: 5 }, { email: ["a@example.com"] }]) {
    assertEquals(await readProfile(user(claims)), { email: "ada@example.com", name: "Ada Lovelace" });
  }
  assertEquals(asked[0], { url: "/v1/users/user_ada", authorization: "Bearer sk_test_unit" });
  assertEquals(asked.length, 5);
});

Deno.test("Only the primary address is the user's email", async () => {
  assertEquals(await profileOf(shown({ primary_email_address_id: null })), { name: "Ada Lovelace" });
  assertEquals(await profileOf(shown({ primary_email_address_id: "idn_9" })), { name: "Ada Lovelace" });
  assertEquals(await profileOf(shown({ email_addresses: [] })), { name: "Ada Lovelace" });
});

Deno.test("A name is what there is of first and last", async () => {
  const email = "ada@example.com";
  assertEquals(await profileOf(shown({ last_name: null })), { email, name: "Ada" });
  assertEquals(await profileOf(shown({ first_name: "" })), { email, name: "Lovelace" });
  assertEquals(await profileOf(shown({ first_name: null, last_name: null })), { email });
  assertEquals(await profileOf(shown({ first_name: "  ", last_name: "" })), { email });
});

Deno.test("An email that Stripe would refuse is left out", async () => {
  const long = `${"a".repeat(501)}@example.com`;
  for (
    const email of ["", "ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@c.com", "a@b..c", long]
  ) {
    assertEquals(await readProfile(user({ email, name: "Ada" })), { name: "Ada" }, email);
  }
  for (const email of ["ada+stripe@example.co.uk", "a.b-c_d@x-y.example", `${"a".repeat(500)}@example.com`]) {
    assertEquals(await readProfile(user({ email })), { email });
  }
});

Deno.test("A name is cut to what Stripe takes, and never within a character", async () => {
  const email = "ada@example.com";
  assertEquals(await readProfile(user({ email, name: "a".repeat(300) })), { email, name: "a".repeat(256) });
  for (const name of [`${"a".repeat(255)}👩‍🚀`, "Ada \ud83d", "\udc00Ada"]) {
    const { name: cut = "" } = await readProfile(user({ email, name }));
    // Half a character cannot be put into a form: nothing would be created, ever.
    assertEquals(decodeURIComponent(encodeURIComponent(cut)), cut);
    assertEquals(cut.startsWith("a") || cut.includes("Ada"), true);
  }
  assertEquals(await readProfile(user({ email: "ada\ud83d@example.com", name: "Ada" })), { name: "Ada" });
});

Deno.test("A name that is no text is left out", async () => {
  const email = "ada@example.com";
  for (const name of [null, 5, {}, ["Ada"], "", " \n "]) {
    assertEquals(await readProfile(user({ email, name })), { email });
  }
});

for (
  const [what, clerkAnswers] of [
    ["is down", () => new Response("<html>", { status: 502 })],
    ["refuses the key", () => Response.json({ errors: [] }, { status: 401 })],
    ["does not know the user", () => Response.json({ errors: [] }, { status: 404 })],
    ["asks to slow down", () => Response.json({ errors: [] }, { status: 429 })],
    ["answers no JSON", () => new Response("<html>")],
    ["answers nothing", () => Response.json(null)],
    ["answers something else", () => Response.json({ email_addresses: {} })],
    ["breaks the connection", () => Promise.reject(new Error("on purpose"))],
  ] as const
) {
  Deno.test(`When Clerk ${what} the profile is empty`, async () => {
    answer = clerkAnswers;
    assertEquals(await readProfile(user()), {});
  });
}
