import { assertEquals } from "@std/assert";
import { createWebServer } from "./server.ts";

/** A build of a page, a script and a public file. */
function makeBuild() {
  const folder = Deno.makeTempDirSync();
  Deno.mkdirSync(`${folder}/assets`);
  Deno.writeTextFileSync(`${folder}/index.html`, "the page");
  Deno.writeTextFileSync(`${folder}/favicon.svg`, "<svg/>");
  Deno.writeTextFileSync(`${folder}/assets/index-abc.js`, "script");
  return { folder, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("the web server answers files, and the page at every path that is no file; assets that are gone are a 404", async () => {
  using build = makeBuild();
  const server = createWebServer({ ...build, clerk: undefined });
  const get = async (path: string) => {
    const response = await server(new Request(`http://127.0.0.1${path}`));
    return [response.status, await response.text(), response.headers.get("cache-control")];
  };
  assertEquals(await get("/"), [200, "the page", "no-cache"]);
  assertEquals(await get("/account"), [200, "the page", "no-cache"]);
  assertEquals(await get("/favicon.svg"), [200, "<svg/>", "no-cache"]);
  assertEquals(await get("/assets/index-abc.js"), [200, "script", "public, max-age=31536000, immutable"]);
  assertEquals((await get("/assets/index-old.js"))[0], 404);
  assertEquals((await get("/__clerk/v1/client"))[1], "the page", "without a Clerk the path is the app's");
});

Deno.test("the web server passes requests below Clerk's path on, with method, body and query", async () => {
  using build = makeBuild();
  const received: string[] = [];
  const server = createWebServer({
    ...build,
    async clerk(request) {
      received.push(`${request.method} ${request.url} ${await request.text()}`);
      return new Response("from Clerk");
    },
  });
  const response = await server(
    new Request("http://127.0.0.1/__clerk/v1/me?_method=PATCH", { method: "POST", body: "first_name=Ada" }),
  );
  assertEquals([await response.text(), received], ["from Clerk", [
    "POST http://127.0.0.1/v1/me?_method=PATCH first_name=Ada",
  ]]);
});
