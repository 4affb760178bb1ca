import { assertEquals, assertStringIncludes } from "@std/assert";
import { localOrigins, validateVariables } from "./validate_variables.ts";

const LIVE = {
  STRIPE_SECRET_KEY: "rk_live_1",
  CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.example.com$")}`,
  CLERK_SECRET_KEY: "sk_live_1",
  ALLOWED_ORIGINS: "https://app.example.com",
};

Deno.test("validateVariables accepts live keys with --live and test keys without it", () => {
  assertEquals(validateVariables(LIVE, { live: true }), []);
  const test = Object.entries(LIVE).map(([name, value]) => [name, value.replace("_live_", "_test_")]);
  assertEquals(validateVariables(Object.fromEntries(test), { live: false }), []);
});

Deno.test("validateVariables names every key of the other mode", () => {
  const problems = validateVariables(LIVE, { live: false });
  assertEquals(problems.length, 3);
  for (const name of ["STRIPE_SECRET_KEY", "CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY"]) {
    assertStringIncludes(problems.join("\n"), `${name} is a live key`);
  }
});

Deno.test("validateVariables rejects URLs and origins that only this machine can reach", () => {
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

Deno.test("Local origins of a test project are accepted and listed", () => {
  const variables = {
    ALLOWED_ORIGINS: "https://a.com,http://localhost:3000",
    CLERK_AUTHORIZED_PARTIES: "http://127.0.0.1",
  };
  assertEquals(validateVariables(variables, { live: false }), []);
  assertEquals(localOrigins(variables), ["http://localhost:3000", "http://127.0.0.1"]);
});

Deno.test("The origins of apps that serve their own pages are accepted in production", () => {
  const ALLOWED_ORIGINS = "https://localhost,capacitor://localhost,tauri://localhost,chrome-extension://abc";
  assertEquals(validateVariables({ ...LIVE, ALLOWED_ORIGINS }, { live: true }), []);
  assertEquals(localOrigins({ ALLOWED_ORIGINS }), []);
  assertEquals(validateVariables({ CLERK_API_URL: "https://localhost" }, { live: true }).length, 1);
});
