import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../errors.ts";
import { throughDataApi } from "./data_api.ts";

const dataApi = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  const { pathname } = new URL(request.url);
  const name = pathname.replace("/rest/v1/rpc/", "");
  return name === "echo" ? Response.json(await request.json()) : ANSWERS[name]![0]();
});
dataApi.unref();
const call = throughDataApi({ url: `http://127.0.0.1:${dataApi.addr.port}`, secretKey: "sb_secret_1" });

const json = (status: number, body: unknown) => () => Response.json(body, { status });
const html = (status: number) => () => new Response("<html>", { status });
const refusal = (status: number, code: string) => json(status, { code, message: "No", details: null, hint: null });

/** Ends the connection in the middle of an answer. */
const cut = () =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
      pull: (controller) => controller.error(new Error("The connection is cut")),
    }, { highWaterMark: 0 }),
  );

/** What the Data API answers, and the error code that comes of it. */
const ANSWERS: Record<string, [() => Response, AppError["code"]]> = {
  refused_argument: [refusal(400, "22023"), "internal"],
  other_account: [refusal(400, "55000"), "not_configured"],
  missing_function: [refusal(404, "PGRST202"), "not_configured"],
  no_permission: [refusal(403, "42501"), "not_configured"],
  key_refused: [html(401), "not_configured"],
  statement_timeout: [refusal(500, "57014"), "database_unavailable"],
  no_connection: [refusal(503, "PGRST000"), "database_unavailable"],
  failure_without_code: [html(500), "internal"],
  unknown_route: [html(404), "internal"],
  gateway: [html(502), "database_unavailable"],
  page_in_place_of_a_result: [html(200), "internal"],
  cut_answer: [cut, "database_unavailable"],
};

Deno.test("A result of the Data API is its JSON, and null for a function without one", async () => {
  assertEquals(await call("echo", { a: [1, null], b: { c: "ö" }, d: undefined }), { a: [1, null], b: { c: "ö" } });
  ANSWERS.nothing = [() => new Response(null, { status: 204 }), "internal"];
  assertEquals(await call("nothing", {}), null);
});

for (const [name, [, code]] of Object.entries(ANSWERS)) {
  Deno.test(`An answer of the Data API is an error: ${name.replaceAll("_", " ")}, ${code}`, async () => {
    assertEquals((await assertRejects(() => call(name, {}), AppError)).code, code);
  });
}

Deno.test("A Data API that cannot be reached is an unavailable database", async () => {
  const unused = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = unused.addr;
  unused.close();
  const unreachable = throughDataApi({ url: `http://127.0.0.1:${port}`, secretKey: "sb_secret_1" });
  assertEquals((await assertRejects(() => unreachable("echo", {}), AppError)).code, "database_unavailable");
});
