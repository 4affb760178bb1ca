/** The registry in contract/mirrored_kinds.ts, the migrations and the generated types name the same mirror tables. */
import { assertEquals } from "@std/assert";
import { kindLabels, MIRRORED_KINDS } from "../../supabase/functions/_shared/contract/mirrored_kinds.ts";
import { read, sourceFiles } from "./source_files.ts";

const registered = Object.entries(MIRRORED_KINDS).map(([kind, { table }]) => ({ table: table as string, kind }));
const byTable = (one: { table: string }, other: { table: string }) => one.table < other.table ? -1 : 1;

Deno.test("Every mirrored kind has its table in the migrations, and every mirror table its kind", () => {
  const added = [...sourceFiles("supabase/migrations", ".sql")].flatMap((path) => [
    ...read(path).matchAll(/^select billing\.add_mirror\('public\.(stripe_\w+)', '([\w.]+)'[^;]*\);$/gm),
  ]).map(([, table, kind]) => ({ table: table!, kind: kind! }));
  assertEquals(added.toSorted(byTable), registered.toSorted(byTable));
});

Deno.test("The generated types have every mirror table", () => {
  const types = read("supabase/functions/_shared/database/database.types.ts");
  const generated = [...types.matchAll(/^ {6}"(\w+)": \{\n {8}Row: \{([^}]*)\}/gm)]
    .filter(([, , columns]) => columns!.includes(`"fetched_at"`) && columns!.includes(`"ticket"`))
    .map(([, table]) => table!);
  assertEquals(generated.toSorted(), registered.map(({ table }) => table).toSorted());
});

Deno.test("Only the events of a Checkout session refer to two kinds", () => {
  const types = Object.values(MIRRORED_KINDS).flatMap(({ events }) =>
    Object.values<readonly string[]>(events).flatMap((types) => types)
  );
  const twice = types.filter((type, index) => types.indexOf(type) !== index);
  assertEquals(twice.filter((type) => !type.startsWith("checkout.session.")), []);
});

Deno.test("The label of a kind is its table without the prefix", () => {
  const { customer, "entitlements.active_entitlement_summary": entitlements } = kindLabels();
  assertEquals([customer, entitlements], ["customers", "entitlements"]);
});
