import { assert, assertEquals, assertRejects } from "@std/assert";
import { listen } from "../../lib/listen.ts";
import type { RequestSpec } from "./load_job.ts";
import { runLoadJob } from "./run_load_job.ts";

const requests: RequestSpec = { method: "GET", paths: ["/a", "/b"], tokens: ["x", "y", "z"], status: 200 };
const limits = { concurrency: 2, first: 0, count: 6, seconds: 60 };

Deno.test("runLoadJob sends the given number of requests, and cycles through paths and tokens", async () => {
  const seen: string[] = [];
  const server = listen(0, (request) => {
    const { pathname } = new URL(request.url);
    seen.push(`${pathname} ${request.headers.get("authorization")}`);
    return new Response("x".repeat(100_000));
  });
  const load = await runLoadJob({ requests, url: server.url, ...limits });
  await server.close();
  assertEquals(load.count, 6);
  assert(load.seconds > 0 && load.p50 > 0 && load.p95 >= load.p50);
  const all = ["/a Bearer x", "/a Bearer y", "/a Bearer z", "/b Bearer x", "/b Bearer y", "/b Bearer z"];
  assertEquals(seen.sort(), all);
});

Deno.test("runLoadJob with an answer of an unexpected status fails with that answer", async () => {
  const server = listen(0, () => new Response("Out of paper", { status: 503 }));
  await assertRejects(
    () => runLoadJob({ requests, url: server.url, ...limits }),
    Error,
    "GET /a answered 503: Out of paper",
  );
  await server.close();
});
