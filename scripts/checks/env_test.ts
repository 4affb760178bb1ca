/** Every variable that the operator sets is in contract/variables.ts, in .env.example and on the local stack. */
import { assertEquals } from "@std/assert";
import { variablesSetBy } from "../../supabase/functions/_shared/contract/variables.ts";
import { environmentOf } from "../lib/environment.ts";
import { read } from "./source_files.ts";

/** Read by the commands and the Supabase CLI only. */
const CLI = ["CLERK_DOMAIN", "SUPABASE_PROJECT_REF", "SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD"];

const OPERATOR: string[] = variablesSetBy("operator");
const SERVER: string[] = variablesSetBy("server");

Deno.test(".env.example names the operator's variables and those of the commands, each with a comment", () => {
  const example = read(".env.example");
  const named = [...example.matchAll(/^([A-Z][A-Z_]+)=/gm)].map(([, name]) => name!);
  assertEquals(named.toSorted(), [...OPERATOR, ...SERVER, ...CLI].toSorted());
  assertEquals(example.match(/^# .+\n(?=[A-Z][A-Z_]+=)/gm)?.length, named.length);
});

Deno.test("The local stack passes every variable of the operator to the functions", () => {
  const values: Record<string, string> = {
    STRIPE_SECRET_KEY: "sk_test_1",
    CLERK_PUBLISHABLE_KEY: `pk_test_${btoa("a.clerk.accounts.dev$")}`,
    CLERK_SECRET_KEY: "sk_test_1",
  };
  const set = Object.fromEntries(OPERATOR.map((name) => [name, values[name] ?? "1"]));
  assertEquals(environmentOf(set, "a test").variables, set);
});
