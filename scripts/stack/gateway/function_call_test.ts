import { assertEquals, assertMatch } from "@std/assert";
import { BootError, type Functions } from "../functions.ts";
import { type Handler, listen } from "../../lib/listen.ts";
import { callFunction } from "./function_call.ts";

/** A gateway in front of one function, `door`. */
function gatewayTo(door: Handler) {
  const server = listen(0, door);
  const log: string[] = [];
  const functions: Functions = {
    address: (name) => Promise.resolve(name === "door" ? server.url : undefined),
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

Deno.test("A function sees its own path, the query, the method, the body and the headers", async () => {
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
  const answer = await fetch(`${gateway.url}/door/deeper?a=1&a=2`, {
    method: "POST",
    body: "hello",
    headers: { "x-own": "kept", te: "trailers" },
  });
  assertEquals(await answer.json(), {
    method: "POST",
    path: "/door/deeper?a=1&a=2",
    body: "hello",
    own: "kept",
    host: new URL(gateway.url).host,
    hop: null,
  });
});

Deno.test("A function's answer comes back as it is: status, headers, redirects, packed bodies", async () => {
  await using gateway = gatewayTo((request) => {
    const path = new URL(request.url).pathname;
    if (path === "/door/away") return Response.redirect("https://example.com/", 303);
    return new Response("x".repeat(10_000), {
      status: 418,
      headers: { "x-own": "kept", "content-type": "text/plain" },
    });
  });
  const away = await fetch(`${gateway.url}/door/away`, { redirect: "manual" });
  assertEquals([away.status, away.headers.get("location")], [303, "https://example.com/"]);
  await away.body?.cancel();
  const teapot = await fetch(`${gateway.url}/door`, { headers: { "accept-encoding": "gzip" } });
  assertEquals([teapot.status, teapot.headers.get("x-own")], [418, "kept"]);
  assertEquals(await teapot.text(), "x".repeat(10_000));
});

Deno.test("An answer is passed on while it is written", async () => {
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
  const answer = await fetch(`${gateway.url}/door`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "first");
  finish.resolve();
  assertEquals((await reader.read()).value, "last");
  assertEquals((await reader.read()).done, true);
});

Deno.test("A caller who goes away is gone for the function too", async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using gateway = gatewayTo(async (request) => {
    arrived.resolve();
    request.signal.addEventListener("abort", () => gone.resolve());
    await gone.promise;
    return new Response();
  });
  const caller = new AbortController();
  const answer = fetch(`${gateway.url}/door`, { signal: caller.signal }).catch(({ name }) => name);
  await arrived.promise;
  caller.abort();
  assertEquals(await answer, "AbortError");
  await gone.promise;
});

Deno.test("An unknown function is a 404 and a body that is too large a 413, in the platform's form", async () => {
  await using gateway = gatewayTo(() => new Response());
  const unknown = await fetch(`${gateway.url}/nobody`);
  assertEquals(unknown.status, 404);
  assertEquals(await unknown.json(), { code: "NOT_FOUND", message: "Requested function was not found" });
  const large = await callFunction(
    new Request("http://gateway/functions/v1/door", { method: "POST", headers: { "content-length": "30000000" } }),
    "door",
    { functions: undefined as unknown as Functions, log() {} },
  );
  assertEquals(large.status, 413);
});

Deno.test("A function that doesn't start is a 503", async () => {
  const functions = { address: () => Promise.reject(new BootError("Broken")) } as unknown as Functions;
  const request = new Request("http://gateway/functions/v1/door");
  const answer = await callFunction(request, "door", { functions, log() {} });
  assertEquals(answer.status, 503);
  assertEquals((await answer.json()).code, "BOOT_ERROR");
});

Deno.test("A function that is gone while it is called is a 502, and the log says why", async () => {
  await using gateway = gatewayTo(() => new Response());
  await gateway.server.close();
  const answer = await fetch(`${gateway.url}/door`);
  assertEquals(answer.status, 502);
  assertEquals((await answer.json()).code, "WORKER_ERROR");
  assertMatch(gateway.log.join("\n"), /^No answer: /);
});
