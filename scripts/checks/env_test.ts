/** Every variable is in .env.example and in env.ts, or is one that the platform or the scripts set. */
import { assertEquals } from "@std/assert";
import { read } from "./source_files.ts";

/** Set by the platform itself: https://supabase.com/docs/guides/functions/secrets */
const PLATFORM = /^SUPABASE_/;
/** Read by the scripts and by the Supabase CLI alone. */
const CLI = ["CLERK_DOMAIN", "SUPABASE_PROJECT_REF", "SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD"];
/** Where the local stand-ins are: the scripts say it. */
const STAND_INS = ["STRIPE_API_URL", "CLERK_API_URL"];

Deno.test("The variables of .env.example are those of env.ts, each with a comment", () => {
  const example = read(".env.example");
  const shown = [...example.matchAll(/^([A-Z][A-Z_]+)=/gm)].map(([, name]) => name!);
  const known = new Set(
    read("supabase/functions/_shared/env.ts").match(/\b(STRIPE|RECONCILE|CLERK|SUPABASE|ALLOWED|CATALOG)_[A-Z_]+\b/g),
  );
  const wanted = [...known].filter((name) => !PLATFORM.test(name) && !STAND_INS.includes(name));
  assertEquals(shown.toSorted(), [...wanted, ...CLI].toSorted());
  assertEquals(example.match(/^# .+\n(?=[A-Z][A-Z_]+=)/gm)?.length, shown.length);
});

Deno.test("The local stack passes on every variable that the functions know", () => {
  const [, listed] = read("scripts/lib/environment.ts").match(/^const VARIABLES = \[([^\]]+)\]/m) ?? [];
  const passed = listed?.match(/[A-Z_]+/g) ?? [];
  const shown = [...read(".env.example").matchAll(/^([A-Z][A-Z_]+)=/gm)].map(([, name]) => name!);
  assertEquals(passed.toSorted(), shown.filter((name) => !CLI.includes(name)).toSorted());
});
