import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../errors.ts";
import { readText } from "./read_text.ts";

const LARGEST = 10;

/** The text of a request as a server receives it, or the code of the error. */
async function receive(send: (url: string) => Promise<unknown>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    resolve(await readText(request, LARGEST).catch((error) => (error as AppError).code));
    return new Response();
  });
  const sent = send(`http://127.0.0.1:${server.addr.port}`);
  const received = await promise;
  await sent;
  return received;
}

const post = (body: BodyInit) =>
  receive(async (url) => await (await fetch(url, { method: "POST", body })).body?.cancel());

/** A request of these bytes, on a connection that is ended after them. */
const sendRaw = (text: string) =>
  receive(async (url) => {
    const { hostname, port } = new URL(url);
    using connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(text));
    await connection.closeWrite();
    await connection.read(new Uint8Array(1_024));
  });

const head = (...headers: string[]) => ["POST / HTTP/1.1", "host: a", ...headers, "", ""].join("\r\n");
const chunked = (...chunks: string[]) =>
  chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("") + "0\r\n\r\n";
const stream = (...chunks: string[]) => ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));

Deno.test("A body is read byte for byte, with a length or in chunks", async () => {
  for (const text of ["", "a", "\ufeffa\u0000", "Zoë 👩", "x".repeat(LARGEST)]) {
    assertEquals(await post(text), text);
    assertEquals(await post(stream(text)), text);
  }
});

Deno.test("A body over the limit is refused, with a length or in chunks", async () => {
  const large = "x".repeat(LARGEST + 1);
  assertEquals(await post(large), "payload_too_large");
  assertEquals(await post(stream("x", "x".repeat(LARGEST))), "payload_too_large");
  assertEquals(
    await sendRaw(head("content-length: 3", "transfer-encoding: chunked") + chunked(large)),
    "payload_too_large",
  );
  // As Deno 2.9 gives a length that was sent twice.
  const headers = { "content-length": `${large.length}, ${large.length}` };
  const reading = readText(new Request("http://a/", { method: "POST", headers, body: stream(large) }), LARGEST);
  assertEquals((await assertRejects(() => reading, AppError)).code, "payload_too_large");
});

Deno.test("A body ends at its length", async () => {
  assertEquals(await sendRaw(head("content-length: 3") + "abcdef"), "abc");
});

Deno.test("An incomplete body is refused, with a length or in chunks", async () => {
  assertEquals(await sendRaw(head("content-length: 5") + "abc"), "invalid_request");
  assertEquals(await sendRaw(head("transfer-encoding: chunked") + "5\r\nabc"), "invalid_request");
});

Deno.test("A body that breaks off is refused", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("Reset")) });
  const reading = readText(new Request("http://a/", { method: "POST", body }), LARGEST);
  assertEquals((await assertRejects(() => reading, AppError)).code, "invalid_request");
});
