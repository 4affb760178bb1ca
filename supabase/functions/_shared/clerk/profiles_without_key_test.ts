import { assertEquals } from "@std/assert";

const PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
Deno.env.delete("CLERK_SECRET_KEY");
Deno.env.set("CLERK_ISSUER", "https://clerk.example.com");
Deno.env.set("CLERK_JWT_KEY", PEM);
const { readProfile } = await import("./profiles.ts");

Deno.test("Without CLERK_SECRET_KEY a profile has only the token's claims", async () => {
  const user = { id: "user_ada" };
  const ada = { id: "user_ada", kind: "user" } as const;
  assertEquals(await readProfile(ada, { ...user, claims: {} }), {});
  assertEquals(await readProfile(ada, { ...user, claims: { email: "ada@example.com" } }), {
    email: "ada@example.com",
  });
  assertEquals(await readProfile({ id: "org_acme", kind: "organization" }, { ...user, claims: {} }), {});
});
