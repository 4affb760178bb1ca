import { assertEquals } from "@std/assert";

const PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
Deno.env.delete("CLERK_SECRET_KEY");
Deno.env.set("CLERK_ISSUER", "https://clerk.example.com");
Deno.env.set("CLERK_JWT_KEY", PEM);
const { readProfile } = await import("./profiles.ts");

Deno.test("Without a key of Clerk's the token's claims are all that is known", async () => {
  const user = { id: "user_ada", sessionId: "sess_1" };
  assertEquals(await readProfile({ ...user, claims: {} }), {});
  assertEquals(await readProfile({ ...user, claims: { email: "ada@example.com" } }), { email: "ada@example.com" });
});
