import { assertEquals } from "@std/assert";
import { ROOT } from "../../lib/paths.ts";
import { functionVariables } from "../steps/sources.ts";
import { clerkIssuer, variablesOf } from "./variables_file.ts";

Deno.test("variablesOf keeps as secrets only the functions' variables that are not empty", () => {
  const { secrets, all } = variablesOf(
    ".env",
    [
      "STRIPE_SECRET_KEY=sk_test_1",
      "CLERK_ISSUER=",
      "CLERK_DOMAIN=a.clerk.accounts.dev",
      "SUPABASE_ACCESS_TOKEN=sbp_1",
      "SUPABASE_SECRET_KEYS={}",
      `CLERK_JWT_KEY="-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"`,
    ].join("\n"),
  );
  assertEquals(secrets, {
    CLERK_JWT_KEY: "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
    STRIPE_SECRET_KEY: "sk_test_1",
  });
  assertEquals(all.SUPABASE_ACCESS_TOKEN, "sbp_1");
});

Deno.test("The functions' variables are those of .env.example and the URLs of the emulators", () => {
  const example = [...Deno.readTextFileSync(`${ROOT}/.env.example`).matchAll(/^([A-Z_]+)=/gm)].map(([, name]) =>
    name ?? ""
  );
  const shown = example.filter((name) => name !== "CLERK_DOMAIN" && !name.startsWith("SUPABASE_"));
  const expected = [...shown, "CLERK_API_URL", "STRIPE_API_URL"];
  assertEquals(functionVariables(), expected.sort());
});

Deno.test("clerkIssuer is the publishable key's instance in either mode, unless CLERK_ISSUER is set", () => {
  const issuer = (text: string) => clerkIssuer(variablesOf(".env", text));
  assertEquals(
    issuer(`CLERK_PUBLISHABLE_KEY=pk_test_${btoa("a.clerk.accounts.dev$")}`),
    "https://a.clerk.accounts.dev",
  );
  assertEquals(issuer(`CLERK_PUBLISHABLE_KEY=pk_live_${btoa("clerk.a.com$")}`), "https://clerk.a.com");
  assertEquals(issuer("CLERK_ISSUER=https://b.com/\nCLERK_PUBLISHABLE_KEY=pk_test_x"), "https://b.com");
});
