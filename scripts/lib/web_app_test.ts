import { assertEquals } from "@std/assert";
import { missingForWebApp } from "./web_app.ts";

Deno.test("missingForWebApp names what a copy of the repository lacks, in the app or in its packages", () => {
  const root = Deno.makeTempDirSync();
  const add = (folder: string) => {
    Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
    Deno.writeTextFileSync(`${root}/${folder}/package.json`, "{}");
  };
  try {
    assertEquals(missingForWebApp(root), "no examples/web");
    add("examples/web");
    assertEquals(missingForWebApp(root), "vite is not installed");
    add("examples/web/node_modules/vite");
    for (const name of ["react", "@clerk/react", "@clerk/clerk-js"]) add(`node_modules/${name}`);
    assertEquals(missingForWebApp(root), "@clerk/ui is not installed");
    add("node_modules/@clerk/ui");
    assertEquals(missingForWebApp(root), undefined);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
