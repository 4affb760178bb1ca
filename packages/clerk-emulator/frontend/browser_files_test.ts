import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { createFrontend, emptyState } from "../mod.ts";

Deno.test("the scripts are served byte for byte, under any version, and no other file is", async () => {
  const modules = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${modules}/@clerk/ui/dist`, { recursive: true });
    Deno.mkdirSync(`${modules}/@clerk/other/dist`, { recursive: true });
    const script = `${modules}/@clerk/ui/dist/ui.browser.js`;
    Deno.writeTextFileSync(script, "console.log('é')");
    Deno.writeTextFileSync(`${modules}/@clerk/ui/package.json`, "{}");
    Deno.writeTextFileSync(`${modules}/@clerk/other/dist/ui.browser.js`, "");
    const frontend = createFrontend(emptyState(), { issuer: "https://a.test", name: "Test", modules });
    const get = (path: string) => frontend(new Request(`http://localhost/npm/@clerk/${path}`));

    const answer = await get("ui@1/dist/ui.browser.js");
    assertEquals(answer.headers.get("content-type"), "text/javascript; charset=utf-8");
    assertEquals(new Uint8Array(await answer.arrayBuffer()), Deno.readFileSync(script));
    assertEquals((await get("ui/dist/ui.browser.js")).status, 200);
    for (const path of ["ui@1/dist/none.js", "ui@1/dist/..%2Fpackage.json", "other@1/dist/ui.browser.js"]) {
      assertEquals((await get(path)).status, 404, path);
    }
  } finally {
    Deno.removeSync(modules, { recursive: true });
  }
});
