import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { pageResponse } from "./page_response.ts";

const respond = (page: object, headers: HeadersInit = {}, method = "GET") =>
  pageResponse(new Request("http://a/x", { method, headers }), page, "private, no-cache");
const etagOf = async (page: object) => (await respond(page)).headers.get("etag")!;

Deno.test("A page is JSON with an ETag and a cache-control header", async () => {
  const response = await respond({ data: ["ä"] });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("cache-control"), "private, no-cache");
  assertMatch(response.headers.get("etag") ?? "", /^W\/"[0-9a-f]{32}"$/);
  assertEquals(await response.json(), { data: ["ä"] });
});

Deno.test("Equal content has the same ETag, different content another", async () => {
  assertEquals(await etagOf({ data: [1] }), await etagOf({ data: [1] }));
  assertNotEquals(await etagOf({ data: [1] }), await etagOf({ data: [2] }));
});

Deno.test("A matching If-None-Match gets 304 without a body", async () => {
  const page = { data: [1] };
  const etag = await etagOf(page);
  for (const header of [etag, etag.slice(2), `"other", ${etag}`, `W/"other",${etag.slice(2)}`, "*", ` ${etag} `]) {
    const response = await respond(page, { "if-none-match": header });
    assertEquals([response.status, await response.text()], [304, ""], header);
    assertEquals(response.headers.get("etag"), etag);
    assertEquals(response.headers.get("cache-control"), "private, no-cache");
    assertEquals(response.headers.get("content-type"), null);
  }
});

Deno.test("Another If-None-Match gets the page", async () => {
  const page = { data: [1] };
  const other = await etagOf({ data: [2] });
  const hex = (await etagOf(page)).slice(3, -1);
  for (const header of [other, hex, `"${hex.toUpperCase()}X"`, "", `"${hex}`, '"*"']) {
    assertEquals((await respond(page, { "if-none-match": header })).status, 200, header);
  }
});

Deno.test("A POST gets the page without ETag and cache-control", async () => {
  const page = { data: [1] };
  const response = await respond(page, { "if-none-match": await etagOf(page) }, "POST");
  assertEquals([response.status, await response.json()], [200, page]);
  assertEquals([response.headers.get("etag"), response.headers.get("cache-control")], [null, null]);
});

Deno.test("A page is serialized once, for concurrent calls and for later ones", async () => {
  let serialized = 0;
  const page = { toJSON: () => ++serialized };
  const responses = await Promise.all(Array.from({ length: 20 }, () => respond(page)));
  const later = [await respond(page), await respond(page, {}, "POST")];
  for (const response of [...responses, ...later]) assertEquals(await response.text(), "1");
  assertEquals(serialized, 1);
});
