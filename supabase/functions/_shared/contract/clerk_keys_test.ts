import { assertEquals } from "@std/assert";
import { clerkDomainOf, issuerOf, publicKeysOf } from "./clerk_keys.ts";

const key = (domain: string) => `pk_test_${btoa(`${domain}$`)}`;

Deno.test("issuerOf and clerkDomainOf read a publishable key of either mode, and nothing else", () => {
  assertEquals(issuerOf(key("a.clerk.accounts.dev")), "https://a.clerk.accounts.dev");
  assertEquals(clerkDomainOf(key("clerk.a.com").replace("_test_", "_live_")), "clerk.a.com");
  for (const wrong of ["", "pk_test_x", key("a b.com"), "sk_test_1", `pk_test_${btoa("a.com")}`, `x${key("a.com")}`]) {
    assertEquals(issuerOf(wrong), undefined, wrong);
  }
});

Deno.test("publicKeysOf reads keys however their line breaks were written, and refuses other text", async () => {
  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  const base64 = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("spki", publicKey))));
  const [first = "", ...rest] = base64.match(/.{1,64}/g) ?? [];
  const pem = ["-----BEGIN PUBLIC KEY-----", first, ...rest, "-----END PUBLIC KEY-----"].join("\n");
  const writings = ["\n", "\r\n", "\r", "\\n", "\\r\\n", "\\\\n", " ", "\n    ", "\n\n", " \\n ", ""].map((eol) =>
    pem.replaceAll("\n", eol)
  );
  for (const text of [...writings, `"${pem}"`, `'${pem}\\n'`, `  ${pem}\n`]) {
    assertEquals(publicKeysOf(text), [pem], text);
  }
  for (const between of ["", "\n", "\\n", ", "]) assertEquals(publicKeysOf(pem + between + pem), [pem, pem]);
  for (const text of ["", base64, pem.slice(0, -3), `${pem}\n-----BEGIN PUBLIC KEY-----\nMIIB`, pem + " and more"]) {
    assertEquals(publicKeysOf(text), undefined, text);
  }
});
