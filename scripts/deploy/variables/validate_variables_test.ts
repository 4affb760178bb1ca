import { assertEquals, assertStringIncludes } from "@std/assert";
import { localOrigins, validateVariables } from "./validate_variables.ts";

const LIVE = {
  STRIPE_SECRET_KEY: "rk_live_1",
  CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.example.com$")}`,
  CLERK_SECRET_KEY: "sk_live_1",
  ALLOWED_ORIGINS: "https://app.example.com",
};

Deno.test("Live keys with --live and test keys without it are let through", () => {
  assertEquals(validateVariables(LIVE, { live: true }), []);
  const test = Object.entries(LIVE).map(([name, value]) => [name, value.replace("_live_", "_test_")]);
  assertEquals(validateVariables(Object.fromEntries(test), { live: false }), []);
});

Deno.test("Every key of the other mode is named", () => {
  const named = validateVariables(LIVE, { live: false });
  assertEquals(named.length, 3);
  for (const name of ["STRIPE_SECRET_KEY", "CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY"]) {
    assertStringIncludes(named.join("\n"), `${name} is a live key`);
  }
});

Deno.test("Whatever only this machine can reach is refused", () => {
  for (const host of ["localhost:3000", "app.localhost", "127.0.0.1", "127.1.2.3:80", "0.0.0.0", "[::1]:9", "[::]"]) {
    assertEquals(validateVariables({ CLERK_API_URL: `http://${host}` }, { live: false }).length, 1, host);
    assertEquals(
      validateVariables({ ...LIVE, ALLOWED_ORIGINS: `https://a.com, http://${host}` }, { live: true }).length,
      1,
      host,
    );
  }
  assertEquals(validateVariables({ STRIPE_API_URL: "https://127.example.com" }, { live: false }), []);
});

Deno.test("Pages on a developer's machine may call a test project, which is worth a word", () => {
  const variables = {
    ALLOWED_ORIGINS: "https://a.com,http://localhost:3000",
    CLERK_AUTHORIZED_PARTIES: "http://127.0.0.1",
  };
  assertEquals(validateVariables(variables, { live: false }), []);
  assertEquals(localOrigins(variables), ["http://localhost:3000", "http://127.0.0.1"]);
});
