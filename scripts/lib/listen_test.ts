import { assertEquals, assertRejects } from "@std/assert";
import { listen } from "./listen.ts";

Deno.test("A server that closes drops the requests in progress, and its port is free at once", async () => {
  const called = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  const server = listen(0, () => {
    called.resolve();
    return never.promise;
  });
  const answer = assertRejects(() => fetch(server.url));
  await called.promise;
  await server.close();
  await answer;
  const again = listen(server.port, () => new Response("again"));
  assertEquals(await (await fetch(again.url)).text(), "again");
  await again.close();
});

Deno.test("A handler that throws answers 500 with a body, and the server keeps running", async () => {
  const original = console.error;
  console.error = () => {};
  const server = listen(0, ({ url }) => {
    if (url.endsWith("/broken")) throw new Error("Broken");
    return new Response("fine");
  });
  try {
    const broken = await fetch(`${server.url}/broken`);
    assertEquals([broken.status, await broken.json()], [500, { message: "Internal server error" }]);
    assertEquals(await (await fetch(server.url)).text(), "fine");
  } finally {
    console.error = original;
    await server.close();
  }
});
