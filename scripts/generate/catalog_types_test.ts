import { assert, assertEquals } from "@std/assert";
import { catalogTypes, isSameCatalog } from "./catalog_types.ts";

const keys = { lookupKeys: ["pro_yearly", "pro_monthly", "pro_yearly"], entitlements: ["reports"] };

Deno.test("catalogTypes writes each key once, in alphabetical order", () => {
  assert(catalogTypes(keys).includes('lookup_key: \n    | "pro_monthly"\n    | "pro_yearly";'));
  assert(catalogTypes(keys).includes('entitlement: \n    | "reports";'));
});

Deno.test("catalogTypes of an account without keys allows none", () => {
  assert(catalogTypes({ lookupKeys: [], entitlements: [] }).includes("lookup_key: never;"));
});

Deno.test("catalogTypes quotes what would end a text", () => {
  assert(catalogTypes({ lookupKeys: ['a" | "b\n'], entitlements: [] }).includes('| "a\\" | \\"b\\n"'));
});

Deno.test("isSameCatalog ignores how a file is formatted, and finds another key", () => {
  const formatted = catalogTypes(keys).replace(
    '\n    | "pro_monthly"\n    | "pro_yearly";',
    "'pro_monthly' | 'pro_yearly'",
  );
  assertEquals(isSameCatalog(catalogTypes(keys), formatted), true);
  assertEquals(isSameCatalog(catalogTypes(keys), catalogTypes({ ...keys, entitlements: ["report"] })), false);
});
