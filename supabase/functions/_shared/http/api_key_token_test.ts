import { assertEquals } from "@std/assert";
import { isApiKeyToken } from "./api_key_token.ts";

const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
const token = (claims: object, header: object = { alg: "HS256" }) => `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;

Deno.test("A JWT of an API key's role without a subject is a token of an API key", () => {
  assertEquals(isApiKeyToken(token({ role: "anon" })), true);
  assertEquals(isApiKeyToken(token({ iss: "supabase", ref: "abc", role: "anon", iat: 1, exp: 2 })), true);
  assertEquals(isApiKeyToken(token({ iss: "supabase-demo", role: "service_role" })), true);
  assertEquals(isApiKeyToken(token({ role: "anon" }, { alg: "ES256", kid: "1" })), true);
});

Deno.test("A token that names a user, or has another role or none, is not", () => {
  for (
    const claims of [
      { role: "anon", sub: "user_1" },
      { role: "anon", sub: "" },
      { role: "anon", sub: null },
      { role: "service_role", sub: "user_1" },
      { role: "authenticated" },
      { role: ["anon"] },
      {},
    ]
  ) assertEquals(isApiKeyToken(token(claims)), false, JSON.stringify(claims));
});

Deno.test("Text that is no JWT is not", () => {
  for (const text of ["", "sb_secret_1", "sb_publishable_1", "a.b.c", "e30.e30", "e30.bnVsbA.e30", "..", "%.%.%"]) {
    assertEquals(isApiKeyToken(text), false, text);
  }
});
