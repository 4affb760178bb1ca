/** The test bed over HTTP; scripts/stack/README.md describes the routes. */
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { BootError } from "../stack/functions.ts";
import type { Databases } from "./databases.ts";
import type { RunningStack, TestStackFactory } from "./stacks.ts";

export interface TestbedRoutes {
  fetch(request: Request): Response | Promise<Response>;
  /** Stops every stack that a test left running. */
  stop(): Promise<void>;
}

export function createTestbedRoutes(factory: TestStackFactory, databases: Databases): TestbedRoutes {
  const stacks = new Map<string, RunningStack>();
  const app = new Hono();

  function find(c: Context): RunningStack {
    const stack = stacks.get(c.req.param("id") ?? "");
    if (stack === undefined) throw new HTTPException(404, { message: `No stack "${c.req.param("id")}"` });
    return stack;
  }
  const nothing = () => new Response(null, { status: 204 });

  app.post("/stacks", async (c) => {
    const text = await c.req.text();
    const stack = await factory.make(text === "" ? {} : JSON.parse(text));
    stacks.set(stack.file.id, stack);
    return c.json(stack.file, 201);
  });
  app.delete("/stacks/:id", async (c) => {
    const stack = find(c);
    stacks.delete(stack.file.id);
    await stack.stop();
    return nothing();
  });
  app.get("/stacks/:id/logs", (c) => c.text(find(c).logs()));

  app.get("/stacks/:id/functions/:name", async (c) => {
    const { functions } = find(c);
    const name = c.req.param("name");
    const url = await functions.address(name);
    return url === undefined
      ? c.json({ message: `No function "${name}"` }, 404)
      : c.json({ url, pid: functions.pid(name) });
  });
  app.post("/stacks/:id/functions/:name/kill", async (c) => {
    const { signal = "SIGKILL" } = await c.req.json().catch(() => ({}));
    await find(c).functions.kill(c.req.param("name"), signal);
    return nothing();
  });

  app.post("/stacks/:id/database/stop", async (c) => (await databases.stop(find(c).database), nothing()));
  app.post("/stacks/:id/database/start", async (c) => (await databases.start(find(c).database), nothing()));

  app.onError((error) => {
    if (error instanceof HTTPException) return Response.json({ message: error.message }, { status: error.status });
    console.error(error);
    return Response.json({ message: error.message }, { status: error instanceof BootError ? 503 : 500 });
  });
  return {
    fetch: (request) => app.fetch(request),
    stop: async () => void await Promise.all([...stacks.values()].map((stack) => stack.stop())),
  };
}
