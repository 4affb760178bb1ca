/** The error codes in the documentation are those of the contract. */
import { assertEquals } from "@std/assert";
import { STATUS } from "../../supabase/functions/_shared/contract/errors.ts";
import { read } from "./source_files.ts";

Deno.test("docs/03-api.md names every error code of the contract, with its status", () => {
  const rows = [...read("docs/03-api.md").matchAll(/^\| (\d{3}) +\| `([a-z_]+)` +\| .+ \|$/gm)];
  const documented = rows.map(([, status, code]) => [code!, Number(status)]);
  assertEquals(documented.toSorted(), Object.entries(STATUS).toSorted());
});
