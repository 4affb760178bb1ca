import { assertEquals } from "@std/assert";
import { variablesSetBy } from "../../../supabase/functions/_shared/contract/variables.ts";
import { createProcesses } from "../../lib/processes.ts";
import { ROOT } from "../../lib/paths.ts";
import { functionVariables } from "../steps/sources.ts";
import { clerkIssuer, problemsOf, variablesOf } from "./variables_file.ts";

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
  const others: string[] = ["CLERK_DOMAIN", ...variablesSetBy("server")];
  const shown = example.filter((name) => !others.includes(name) && !name.startsWith("SUPABASE_"));
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

Deno.test("problemsOf names a public key that is well-formed but cannot be imported", async () => {
  const file = (body: string) =>
    variablesOf(
      ".env",
      `CLERK_JWT_KEY='-----BEGIN PUBLIC KEY-----\\n${body}\\n-----END PUBLIC KEY-----'\nALLOWED_ORIGINS=https://a.com`,
    );
  const processes = createProcesses();
  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)).toBase64();
  const named = async (body: string) =>
    (await problemsOf(file(body), { live: false, processes })).filter((problem) => problem.includes("CLERK_JWT_KEY"));
  assertEquals((await named(spki.slice(0, 80))).length, 1);
  assertEquals((await named("abc")).length, 1);
  assertEquals((await named(spki)).filter((problem) => !problem.includes("so is CLERK_JWT_KEY")), []);
  await processes.stop();
});
