import { assertEquals, assertMatch } from "@std/assert";
import { BootError, type Functions } from "../functions.ts";
import { type Handler, listen } from "../../lib/listen.ts";
import { callFunction } from "./function_call.ts";

/** A gateway in front of one function, `hello`. */
function gatewayTo(handler: Handler) {
  const server = listen(0, handler);
  const log: string[] = [];
  const functions: Functions = {
    address: (name) => Promise.resolve(name === "hello" ? server.url : undefined),
    pid: () => undefined,
    kill: () => Promise.resolve(),
  };
  const gateway = listen(0, (request) => {
    const [, name = ""] = new URL(request.url).pathname.match(/^\/functions\/v1\/([^/]+)/) ?? [];
    return callFunction(request, name, { functions, log: (_name, line) => void log.push(line) });
  });
  return {
    url: `${gateway.url}/functions/v1`,
    log,
    server,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await server.close();
    },
  };
}

Deno.test("A function receives its own path, the query, the method, the body and the headers", async () => {
  await using gateway = gatewayTo(async (request) =>
    Response.json({
      method: request.method,
      path: new URL(request.url).pathname + new URL(request.url).search,
      body: await request.text(),
      own: request.headers.get("x-own"),
      host: request.headers.get("x-forwarded-host"),
      hop: request.headers.get("te"),
    })
  );
  const answer = await fetch(`${gateway.url}/hello/deeper?a=1&a=2`, {
    method: "POST",
    body: "hello",
    headers: { "x-own": "kept", te: "trailers" },
  });
  assertEquals(await answer.json(), {
    method: "POST",
    path: "/hello/deeper?a=1&a=2",
    body: "hello",
    own: "kept",
    host: new URL(gateway.url).host,
    hop: null,
  });
});

Deno.test("The response of a function is returned unchanged: status, headers, redirects, compressed bodies", async () => {
  await using gateway = gatewayTo((request) => {
    const path = new URL(request.url).pathname;
    if (path === "/hello/away") return Response.redirect("https://example.com/", 303);
    return new Response("x".repeat(10_000), {
      status: 418,
      headers: { "x-own": "kept", "content-type": "text/plain" },
    });
  });
  const away = await fetch(`${gateway.url}/hello/away`, { redirect: "manual" });
  assertEquals([away.status, away.headers.get("location")], [303, "https://example.com/"]);
  await away.body?.cancel();
  const teapot = await fetch(`${gateway.url}/hello`, { headers: { "accept-encoding": "gzip" } });
  assertEquals([teapot.status, teapot.headers.get("x-own")], [418, "kept"]);
  assertEquals(await teapot.text(), "x".repeat(10_000));
});

Deno.test("A response is streamed while the function writes it", async () => {
  const finish = Promise.withResolvers<void>();
  await using gateway = gatewayTo(() =>
    new Response(
      new ReadableStream({
        async start(stream) {
          stream.enqueue(new TextEncoder().encode("first"));
          await finish.promise;
          stream.enqueue(new TextEncoder().encode("last"));
          stream.close();
        },
      }),
    )
  );
  const answer = await fetch(`${gateway.url}/hello`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "first");
  finish.resolve();
  assertEquals((await reader.read()).value, "last");
  assertEquals((await reader.read()).done, true);
});

Deno.test("A request that the caller aborts is aborted at the function", async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using gateway = gatewayTo(async (request) => {
    arrived.resolve();
    request.signal.addEventListener("abort", () => gone.resolve());
    await gone.promise;
    return new Response();
  });
  const caller = new AbortController();
  const answer = fetch(`${gateway.url}/hello`, { signal: caller.signal }).catch(({ name }) => name);
  await arrived.promise;
  caller.abort();
  assertEquals(await answer, "AbortError");
  await gone.promise;
});

Deno.test("An unknown function answers 404 and a body over the limit 413, in the platform's form", async () => {
  await using gateway = gatewayTo(() => new Response());
  const unknown = await fetch(`${gateway.url}/unknown`);
  assertEquals(unknown.status, 404);
  assertEquals(await unknown.json(), { code: "NOT_FOUND", message: "Requested function was not found" });
  const large = await callFunction(
    new Request("http://gateway/functions/v1/hello", { method: "POST", headers: { "content-length": "30000000" } }),
    "hello",
    { functions: undefined as unknown as Functions, log() {} },
  );
  assertEquals(large.status, 413);
});

Deno.test("A function that does not start answers 503", async () => {
  const functions = { address: () => Promise.reject(new BootError("Broken")) } as unknown as Functions;
  const request = new Request("http://gateway/functions/v1/hello");
  const answer = await callFunction(request, "hello", { functions, log() {} });
  assertEquals(answer.status, 503);
  assertEquals((await answer.json()).code, "BOOT_ERROR");
});

Deno.test("A function that exits during a call answers 502, and the log has the reason", async () => {
  await using gateway = gatewayTo(() => new Response());
  await gateway.server.close();
  const answer = await fetch(`${gateway.url}/hello`);
  assertEquals(answer.status, 502);
  assertEquals((await answer.json()).code, "WORKER_ERROR");
  assertMatch(gateway.log.join("\n"), /^No answer: /);
});
