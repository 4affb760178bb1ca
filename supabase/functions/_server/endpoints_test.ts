import { assert, assertEquals } from "@std/assert";
import { findEndpoint, loadEndpoints } from "./endpoints.ts";

const endpoints = await loadEndpoints();

Deno.test("every folder with an index.ts is an endpoint of the server", () => {
  const functions = new URL("../", import.meta.url);
  const names = [...Deno.readDirSync(functions)].map(({ name }) => name).filter((name) => {
    try {
      return Deno.statSync(new URL(`${name}/index.ts`, functions)).isFile;
    } catch {
      return false;
    }
  });
  assert(names.length > 5);
  assertEquals(Object.keys(endpoints).toSorted(), names.toSorted());
});

Deno.test("findEndpoint finds each endpoint with and without the prefix, a query and a slash", () => {
  for (const [name, endpoint] of Object.entries(endpoints)) {
    for (const path of [name, `functions/v1/${name}`, `${name}?limit=1`, `${name}/`]) {
      assertEquals(findEndpoint(`http://127.0.0.1:8000/${path}`, endpoints), endpoint, path);
    }
  }
});

Deno.test("an unknown address is answered 404 with an error of the API", async () => {
  for (const path of ["", "none", "functions/v1", "constructor", "_shared", "health/live", "functions/v2/health"]) {
    const url = `http://127.0.0.1:8000/${path}`;
    const response = await findEndpoint(url, endpoints).fetch(new Request(url));
    assertEquals([response.status, (await response.json()).error.code], [404, "not_found"], path);
  }
});
