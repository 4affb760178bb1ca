/** Every relative link in the documents has a target. */
import { assertEquals } from "@std/assert";
import { read, root, sourceFiles } from "./source_files.ts";

function exists(path: string): boolean {
  try {
    return Deno.statSync(root + path) !== undefined;
  } catch {
    return false;
  }
}

/** The anchors of the headings of a page, as GitHub generates them. */
function anchors(page: string): Set<string> {
  const headings = page.replace(/```[\s\S]*?```/g, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text]) => text!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")),
  );
}

Deno.test("Every relative link in the documents has a target", () => {
  const broken: string[] = [];
  for (const document of sourceFiles("", ".md")) {
    for (const [, link] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const { pathname, hash } = new URL(link!, `file:///${document}`);
      const target = pathname.slice(1);
      const found = exists(target) &&
        (hash === "" || !target.endsWith(".md") || anchors(read(target)).has(hash.slice(1)));
      if (!found) broken.push(`${document}: ${link}`);
    }
  }
  assertEquals(broken, []);
});
