import { assertEquals, assertThrows } from "@std/assert";
import { environmentOf } from "./environment.ts";
import { Failure } from "./failure.ts";
import { functionEnvironment } from "./function_environment.ts";
import * as local from "./project_keys.ts";

const read = (given: Record<string, string>) => environmentOf(given, ".env");
const publishable = (domain: string) => `pk_test_${btoa(`${domain}$`)}`;
const REAL_CLERK = {
  CLERK_PUBLISHABLE_KEY: publishable("brave-fox-1.clerk.accounts.dev"),
  CLERK_SECRET_KEY: "sk_test_abc",
};

Deno.test("environmentOf without variables uses both emulators", () => {
  const { localClerk, localStripe, clerkDomain, authorizedParty, variables } = read({});
  assertEquals([localClerk, localStripe, clerkDomain], [true, true, "local.clerk.accounts.dev"]);
  assertEquals(authorizedParty, "http://localhost:3000");
  assertEquals(variables, {
    ALLOWED_ORIGINS: "http://localhost:3000,http://localhost:5173",
    CLERK_PUBLISHABLE_KEY: local.CLERK_PUBLISHABLE_KEY,
    CLERK_SECRET_KEY: local.CLERK_SECRET_KEY,
    CLERK_WEBHOOK_SIGNING_SECRET: local.CLERK_WEBHOOK_SIGNING_SECRET,
    RECONCILE_SECRET: local.RECONCILE_SECRET,
    STRIPE_SECRET_KEY: local.STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET: local.STRIPE_WEBHOOK_SECRET,
  });
});

Deno.test("environmentOf ignores a blank value and an unknown variable", () => {
  const { localStripe, variables } = read({ STRIPE_SECRET_KEY: " ", SOMETHING_ELSE: "x", CATALOG_ACCESS: "public" });
  assertEquals(localStripe, true);
  assertEquals([variables.CATALOG_ACCESS, variables.SOMETHING_ELSE], ["public", undefined]);
});

Deno.test("A real Stripe key replaces the Stripe emulator, and real Clerk keys the Clerk emulator", () => {
  const stripe = read({ STRIPE_SECRET_KEY: "sk_test_51abc" });
  assertEquals([stripe.localStripe, stripe.localClerk], [false, true]);
  const clerk = read(REAL_CLERK);
  assertEquals([clerk.localStripe, clerk.localClerk, clerk.clerkDomain], [
    true,
    false,
    "brave-fox-1.clerk.accounts.dev",
  ]);
});

Deno.test("The webhook secret is the emulator's own with the Stripe emulator, and the given one with a real account", () => {
  const given = { STRIPE_WEBHOOK_SECRET: "whsec_a,whsec_b", RECONCILE_SECRET: "mine".repeat(8) };
  assertEquals(read(given).variables.STRIPE_WEBHOOK_SECRET, local.STRIPE_WEBHOOK_SECRET);
  const { variables } = read({ ...given, STRIPE_SECRET_KEY: "sk_test_51abc" });
  assertEquals([variables.STRIPE_WEBHOOK_SECRET, variables.RECONCILE_SECRET], ["whsec_a,whsec_b", "mine".repeat(8)]);
  assertEquals(read({ STRIPE_SECRET_KEY: "sk_test_51abc" }).variables.STRIPE_WEBHOOK_SECRET, undefined);
});

Deno.test("The emulators' own keys in .env change nothing", () => {
  const given = { CLERK_PUBLISHABLE_KEY: local.CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY: local.CLERK_SECRET_KEY };
  assertEquals(read({ ...given, STRIPE_SECRET_KEY: local.STRIPE_SECRET_KEY }), read({}));
});

Deno.test("The functions get the address of an emulator, and none for a real service", () => {
  const addresses = { url: "http://gateway", stripeUrl: "http://stripe", clerkUrl: undefined };
  const env = functionEnvironment(read({ ...REAL_CLERK, ALLOWED_ORIGINS: "https://app.example.com" }), addresses);
  assertEquals(env, {
    SUPABASE_URL: "http://gateway",
    SUPABASE_PUBLISHABLE_KEYS: `{"default":"${local.PUBLISHABLE_KEY}"}`,
    SUPABASE_SECRET_KEYS: `{"default":"${local.SECRET_KEY}"}`,
    ...REAL_CLERK,
    ALLOWED_ORIGINS: "https://app.example.com",
    RECONCILE_SECRET: local.RECONCILE_SECRET,
    STRIPE_SECRET_KEY: local.STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET: local.STRIPE_WEBHOOK_SECRET,
    STRIPE_API_URL: "http://stripe",
  });
});

Deno.test("The example app may call the functions under both names of this machine, and sign in", () => {
  const addresses = { url: "http://gateway", stripeUrl: undefined, clerkUrl: undefined, webUrl: "http://127.0.0.1:5" };
  const origins = (given: Record<string, string>) => {
    const { ALLOWED_ORIGINS, CLERK_AUTHORIZED_PARTIES } = functionEnvironment(read(given), addresses);
    return [ALLOWED_ORIGINS, CLERK_AUTHORIZED_PARTIES];
  };
  const app = "http://127.0.0.1:5,http://localhost:5";
  assertEquals(origins({ ALLOWED_ORIGINS: "https://a.test" }), [`https://a.test,${app}`, undefined]);
  assertEquals(origins({ ALLOWED_ORIGINS: "https://a.test", CLERK_AUTHORIZED_PARTIES: "https://b.test" }), [
    `https://a.test,${app}`,
    `https://b.test,${app}`,
  ]);
});

const REFUSED: [what: string, given: Record<string, string>, message: string][] = [
  ["A live Stripe key", { STRIPE_SECRET_KEY: "sk_live_1" }, `STRIPE_SECRET_KEY in ".env" is a live key`],
  ["A live restricted key", { STRIPE_SECRET_KEY: "rk_live_1" }, "is a live key"],
  ["A live Clerk key", { ...REAL_CLERK, CLERK_SECRET_KEY: "sk_live_1" }, `CLERK_SECRET_KEY in ".env" is a live key`],
  ["A live publishable key", { CLERK_PUBLISHABLE_KEY: "pk_live_1" }, "is a live key"],
  ["A publishable Stripe key", { STRIPE_SECRET_KEY: "pk_test_1" }, "not a secret key of a Stripe test account"],
  ["A Clerk secret key alone", { CLERK_SECRET_KEY: "sk_test_1" }, "CLERK_PUBLISHABLE_KEY is missing"],
  [
    "A Clerk publishable key alone",
    { CLERK_PUBLISHABLE_KEY: REAL_CLERK.CLERK_PUBLISHABLE_KEY },
    "CLERK_SECRET_KEY is missing",
  ],
  ["A broken publishable key", { ...REAL_CLERK, CLERK_PUBLISHABLE_KEY: "pk_test_x" }, "not a publishable key"],
  [
    "Keys of two instances",
    { ...REAL_CLERK, CLERK_SECRET_KEY: local.CLERK_SECRET_KEY },
    "Only one of the Clerk keys belongs to the emulator",
  ],
];

for (const [what, given, message] of REFUSED) {
  Deno.test(`environmentOf refuses ${what[0]!.toLowerCase()}${what.slice(1)}`, () =>
    void assertThrows(() => read(given), Failure, message));
}
