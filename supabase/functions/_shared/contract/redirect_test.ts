import { assertEquals } from "@std/assert";
import * as z from "zod/mini";
import { isOfOrigin, redirect } from "./redirect.ts";

const ORIGIN = "https://app.example";

const accepts = (url: unknown) => {
  const { success, data } = z.safeParse(redirect(), url);
  return success && data === url && isOfOrigin(data, ORIGIN);
};

Deno.test("a redirect is the origin, followed by its end or by a path, query or fragment, and stays unchanged", () => {
  for (
    const rest of [
      "",
      "/",
      "?a=b",
      "#a",
      "/a/../b",
      "/%2f%2fevil.example",
      "/@evil.example",
      "/?next=https://evil.example",
    ]
  ) {
    assertEquals(accepts(ORIGIN + rest), true, rest);
  }
  assertEquals(accepts(`${ORIGIN}/done/{CHECKOUT_SESSION_ID}?id={CHECKOUT_SESSION_ID}`), true);
  assertEquals(accepts(`${ORIGIN}/${"a".repeat(2_000 - ORIGIN.length - 1)}`), true);
});

Deno.test("a redirect in any disguise is refused", () => {
  const disguises = [
    "",
    "/",
    "//app.example",
    "app.example",
    "https:app.example",
    "https:/app.example",
    "https:///app.example",
    "http://app.example",
    "HTTPS://app.example",
    "https://APP.example",
    `${ORIGIN}@evil.example`,
    `${ORIGIN}:x@evil.example`,
    `${ORIGIN}%40evil.example`,
    `${ORIGIN}%2f@evil.example`,
    `${ORIGIN}.evil.example`,
    `${ORIGIN}-evil.example`,
    `${ORIGIN}\uFF0Fevil.example`,
    `${ORIGIN}\u2044evil.example`,
    `${ORIGIN};evil`,
    `${ORIGIN}&evil`,
    `${ORIGIN}:443`,
    `${ORIGIN}:8443/`,
    `${ORIGIN}.`,
    `${ORIGIN}./`,
    `https://evil.example/${ORIGIN}`,
    `https://evil.example#${ORIGIN}`,
    `https://x@app.example/`,
    `https://\u0430pp.example/`,
    `javascript:alert(1)//${ORIGIN}`,
    `data:text/html,${ORIGIN}`,
    ` ${ORIGIN}`,
    `${ORIGIN} `,
    `${ORIGIN}/a b`,
    `${ORIGIN}/\t`,
    `${ORIGIN}/\n//evil.example`,
    `${ORIGIN}/\r`,
    `${ORIGIN}/\0`,
    `${ORIGIN}/\u007f`,
    `${ORIGIN}/\u0085`,
    `${ORIGIN}/\u00a0`,
    `${ORIGIN}/\u2028`,
    `${ORIGIN}/\u200b`,
    `${ORIGIN}/\u202e`,
    `${ORIGIN}/\ufeff`,
    `${ORIGIN}/\ud800`,
    `${ORIGIN}\\@evil.example`,
    `${ORIGIN}/\\evil.example`,
    `${ORIGIN}/${"a".repeat(2_000 - ORIGIN.length)}`,
    null,
    1,
    [ORIGIN],
    { href: ORIGIN },
  ];
  for (const url of disguises) assertEquals(accepts(url), false, JSON.stringify(url));
});
