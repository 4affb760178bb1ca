import { assertEquals, assertThrows } from "@std/assert";
import { Failure } from "../../lib/failure.ts";
import { openProject, readProjectRef } from "./project.ts";
import { readServiceUrls } from "./service_urls.ts";

const REF = "abcdefghijklmnopqrst";
const OTHER = "zyxwvutsrqponmlkjihg";

Deno.test("readProjectRef, a shell and a file that differ, is refused unless the option decides", () => {
  const settings = (name: string) => name === "SUPABASE_PROJECT_REF" ? OTHER : undefined;
  assertThrows(() => readProjectRef(undefined, settings, REF), Failure, `"${OTHER}" in the shell and "${REF}"`);
  assertEquals(readProjectRef(REF, settings, REF), REF);
  assertEquals(readProjectRef(undefined, settings, OTHER), OTHER);
  assertEquals(readProjectRef(undefined, settings, undefined), OTHER);
});

Deno.test("openProject refuses the connection string of another project", () => {
  const open = (url: string) => {
    const settings = (name: string) => ({ SUPABASE_ACCESS_TOKEN: "sbp_1", SUPABASE_DB_URL: url })[name];
    return openProject({ ref: REF, settings, urls: readServiceUrls({ live: false, shell: {} }) }).databaseUrl;
  };
  for (
    const host of [
      "postgres:p@127.0.0.1",
      `postgres.${REF}:p@aws-0-eu.pooler.supabase.com`,
      `postgres:p@db.${REF}.supabase.co`,
    ]
  ) {
    assertEquals(open(`postgresql://${host}:5432/postgres`), `postgresql://${host}:5432/postgres`);
  }
  for (
    const url of [`postgresql://postgres:p@db.${OTHER}.supabase.co/postgres`, `postgresql://x.${OTHER}:p@pooler/x`]
  ) {
    assertThrows(() => open(url), Failure, `SUPABASE_DB_URL is of project ${OTHER}, not of ${REF}`);
  }
});
