import { assertEquals } from "@std/assert";
import { clerkDomainOf, issuerOf } from "./clerk_keys.ts";

const key = (domain: string) => `pk_test_${btoa(`${domain}$`)}`;

Deno.test("issuerOf and clerkDomainOf read a publishable key of either mode, and nothing else", () => {
  assertEquals(issuerOf(key("a.clerk.accounts.dev")), "https://a.clerk.accounts.dev");
  assertEquals(clerkDomainOf(key("clerk.a.com").replace("_test_", "_live_")), "clerk.a.com");
  for (const wrong of ["", "pk_test_x", key("a b.com"), "sk_test_1", `pk_test_${btoa("a.com")}`, `x${key("a.com")}`]) {
    assertEquals(issuerOf(wrong), undefined, wrong);
  }
});
