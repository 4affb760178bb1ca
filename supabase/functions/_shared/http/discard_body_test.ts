import { assertEquals, assertLessOrEqual } from "@std/assert";
import { discardBody } from "./discard_body.ts";

const CHUNK = new Uint8Array(65_536);

/** A request with a body of this many chunks, and what was read of it. */
function chunked(chunks: number, end: "closed" | "broken" = "closed") {
  const read = { count: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (read.count < chunks) return controller.enqueue(CHUNK), void read.count++;
      if (end === "broken") throw new Error("The connection was reset");
      controller.close();
    },
    cancel: () => void (read.cancelled = true),
  }, { highWaterMark: 0 });
  return { request: new Request("http://a/x", { method: "POST", body }), read };
}

Deno.test("A body that nothing has read is read to its end", async () => {
  const { request, read } = chunked(320);
  await discardBody(request);
  assertEquals(read, { count: 320, cancelled: false });
});

Deno.test("The rest of a body that was partly read is read to its end", async () => {
  const { request, read } = chunked(5);
  const reader = request.body!.getReader();
  await reader.read();
  reader.releaseLock();
  await discardBody(request);
  assertEquals(read, { count: 5, cancelled: false });
});

Deno.test("An endless body is cancelled after 32 MB", async () => {
  const { request, read } = chunked(100_000);
  await discardBody(request);
  assertLessOrEqual(read.count, 514);
  assertEquals(read.cancelled, true);
});

Deno.test("A request without a body, with a used one or with a broken connection is no failure", async () => {
  await discardBody(new Request("http://a/x"));
  await discardBody(new Request("http://a/x", { method: "POST" }));
  const used = new Request("http://a/x", { method: "POST", body: "text" });
  await used.text();
  await discardBody(used);
  await discardBody(chunked(2, "broken").request);
});
