/** Clerk's scripts for browsers as its CDN serves them, from the npm packages that they are published in. */
import { clerkError } from "../errors.ts";

/** @param name The package, with or without a version, which the installed one overrides */
export async function browserFile(modules: string, name: string, file: string): Promise<Response> {
  const [, folder] = name.match(/^(clerk-js|ui)(?:@[\w.-]*)?$/) ?? [];
  const missing = clerkError(404, "resource_not_found", `No file ${name}/dist/${file}`);
  if (folder === undefined || !/^[\w.-]+\.js$/.test(file)) throw missing;
  try {
    const bytes = await Deno.readFile(`${modules}/@clerk/${folder}/dist/${file}`);
    return new Response(bytes, {
      headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "public, max-age=3600" },
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw missing;
    throw error;
  }
}
