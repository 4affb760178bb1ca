import { assertEquals } from "@std/assert";
import { organizationOf } from "./organization.ts";

const ADMIN = { id: "org_acme", role: "admin" };

Deno.test("The organization is o.id and o.rol of a version 2 token", () => {
  assertEquals(organizationOf({ v: 2, o: { id: "org_acme", slg: "acme", rol: "admin" } }), ADMIN);
});

Deno.test("The organization is org_id and org_role of a version 1 token, without the role's prefix", () => {
  assertEquals(organizationOf({ org_id: "org_acme", org_role: "org:admin" }), ADMIN);
  assertEquals(organizationOf({ org_id: "org_acme", org_role: "admin" }), ADMIN);
});

Deno.test("Without an active organization there is none", () => {
  assertEquals(organizationOf({ v: 2, sub: "user_ada" }), undefined);
  assertEquals(organizationOf({ org_role: "org:admin" }), undefined);
});

Deno.test("A malformed o is no organization, even beside the claims of version 1", () => {
  const malformed = [
    null,
    "org_acme",
    ["org_acme"],
    5,
    {},
    { id: "org_acme" },
    { id: "org_acme", rol: "" },
    { id: "org_acme", rol: ["admin"] },
    { id: "org_acme", rol: "ad min" },
    { id: "", rol: "admin" },
    { id: "user_ada", rol: "admin" },
    { id: "org_", rol: "admin" },
    { id: "org_acme\n", rol: "admin" },
    { id: "org_acme/../org_other", rol: "admin" },
    { id: ["org_acme"], rol: "admin" },
    { id: 5, rol: "admin" },
  ];
  for (const o of malformed) {
    assertEquals(organizationOf({ o, org_id: "org_acme", org_role: "org:admin" }), undefined, JSON.stringify(o));
  }
});
