/** The endpoints answer as the table in contract/endpoints.ts says. */
import { assert, assertEquals } from "@std/assert";
import { type CallerKind, type EndpointName, ENDPOINTS } from "../../supabase/functions/_shared/contract/endpoints.ts";
import { STATUS } from "../../supabase/functions/_shared/contract/errors.ts";
import { importsOf } from "./imports.ts";
import { read, sourceFiles } from "./source_files.ts";

interface Entry {
  default: { fetch(request: Request): Promise<Response> };
}

const names = [...sourceFiles("supabase/functions", "index.ts")].map((path) => path.split("/")[2]!);
const table = Object.entries(ENDPOINTS);

Deno.test("The table names every function", () => {
  assertEquals(Object.keys(ENDPOINTS).toSorted(), names.toSorted());
});

for (const [name, methods] of table) {
  Deno.test(`${name} answers the methods of the table and refuses all others`, async () => {
    const { default: { fetch } } = await importEntry(name as EndpointName);
    const call = async (method: string) => {
      const response = await fetch(new Request(`http://localhost/functions/v1/${name}`, { method }));
      await response.body?.cancel();
      return response;
    };
    const allowed = [
      ...Object.keys(methods).flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]),
      "OPTIONS",
    ];
    assertEquals((await call("OPTIONS")).headers.get("allow"), allowed.join(", "));
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]) {
      assertEquals((await call(method)).status === 405, !allowed.includes(method), method);
    }
  });
}

const CALLERS: Readonly<Record<CallerKind, string>> = {
  public: "public",
  user: "a user",
  catalog_reader: "a user¹",
  clerk: "Clerk",
  stripe: "Stripe",
  scheduler: "the scheduler",
};

Deno.test("docs/03-api.md lists the calls of the table, who may make them and what they answer", () => {
  const documented = [...read("docs/03-api.md").matchAll(/^\| ((?:`[^`]+`| or )+) +\| (\S.*?) +\| (\S.*?) +\|$/gm)]
    .flatMap(([, call, caller, answer]) => {
      const name = call!.match(/[\w-]+(?=`$)/)![0];
      return [...call!.matchAll(/`(GET|POST)/g)].map(([, method]) => `${method} ${name}: ${caller}: ${answer}`);
    });
  const expected = table.flatMap(([name, methods]) =>
    Object.entries(methods).map(([method, { callers, summary }]) =>
      `${method} ${name}: ${CALLERS[callers as CallerKind]}: ${summary[0].toLowerCase()}${summary.slice(1)}`
    )
  );
  assertEquals(documented.toSorted(), expected.toSorted());
});

Deno.test("Every endpoint that calls the database says how the account of its Stripe key is read", () => {
  const reaches = (path: string, wanted: string, seen = new Set<string>()): boolean =>
    path === wanted || !seen.has(path) && Boolean(seen.add(path)) &&
      [...importsOf(path)].some(({ target, typeOnly }) => !typeOnly && reaches(target, wanted, seen));
  const callers = [...sourceFiles("supabase/functions", "index.ts")]
    .filter((path) => reaches(path, "supabase/functions/_shared/database/client.ts"));
  assert(callers.length > 0);
  for (const path of callers) assert(read(path).includes("\nconfirmKeyWith(readAccount);\n"), path);
});

Deno.test("Every error code is one that an endpoint of the table answers", () => {
  const codes = table.flatMap(([, methods]) => Object.values(methods).flatMap(({ errors }) => errors as string[]));
  assertEquals([...new Set(codes)].toSorted(), Object.keys(STATUS).toSorted());
});

async function importEntry(name: EndpointName): Promise<Entry> {
  const entry = await import(`../../supabase/functions/${name}/index.ts`) as Entry;
  assert(typeof entry.default.fetch === "function", name);
  return entry;
}
