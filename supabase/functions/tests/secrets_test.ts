import { assertThrows } from "@std/assert";
import { assertNoSecrets } from "./secrets.ts";

const SECRETS = [
  "sk_test_local_stripe",
  "rk_live_a1",
  "sb_secret_local",
  "whsec_a1b2",
  "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN RSA PRIVATE KEY-----",
  "postgres://postgres:pw@127.0.0.1:1/db",
  "ada@example.com",
  "first.last+tag@mail.example.co.uk",
];

Deno.test("assertNoSecrets finds every kind of secret inside any text", () => {
  for (const secret of SECRETS) {
    for (const text of [secret, `{"message":"${secret}"}`, `a\nb=${secret},c`]) {
      assertThrows(() => assertNoSecrets(text, "The text"), Error, "The text shows");
    }
  }
});

Deno.test("assertNoSecrets accepts public values and values similar to secrets", () => {
  const harmless = [
    "pk_test_bG9jYWwuY2xlcmsuYWNjb3VudHMuZGV2JA",
    "sb_publishable_local",
    "-----BEGIN PUBLIC KEY-----",
    "STRIPE_SECRET_KEY is missing: set sk_test_…",
    "file:///app/node_modules/.deno/@supabase+postgrest-js@2.119.1/dist/index.mjs:1:2",
    "user_a1 cus_a1 sess_a1 req_a1",
  ];
  for (const text of harmless) assertNoSecrets(text, "The text");
});

Deno.test("assertNoSecrets finds the secrets that it is given, in any format", () => {
  assertNoSecrets("s3cret", "The text", ["another"]);
  assertThrows(() => assertNoSecrets("a s3cret", "The text", ["another", "s3cret"]), Error, "a secret of this stack");
});
