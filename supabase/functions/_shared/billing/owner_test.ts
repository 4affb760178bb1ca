import { assertEquals, assertThrows } from "@std/assert";
import type { Organization } from "../clerk/organization.ts";
import { AppError } from "../errors.ts";
import { billingOwnerOf, ownerOf } from "./owner.ts";

Deno.env.set("CLERK_BILLING_ROLES", "admin, org:billing_manager");

const user = (organization?: Organization) => ({ id: "user_ada", organization, claims: {} });
const member = (role: string) => user({ id: "org_acme", role });

for (const resolve of [ownerOf, billingOwnerOf]) {
  Deno.test(`${resolve.name} gives the user, whatever organization is active`, () => {
    for (const caller of [user(), member("admin"), member("member")]) {
      assertEquals(resolve(caller, "user"), { id: "user_ada", kind: "user" });
    }
  });

  Deno.test(`${resolve.name} answers 400 to a session without an active organization`, () => {
    const error = assertThrows(() => resolve(user(), "organization"), AppError);
    assertEquals([error.code, error.status], ["organization_required", 400]);
  });
}

Deno.test("ownerOf gives the organization to every member", () => {
  for (const role of ["admin", "member", "billing_manager"]) {
    assertEquals(ownerOf(member(role), "organization"), { id: "org_acme", kind: "organization" });
  }
});

Deno.test("billingOwnerOf gives the organization to the roles of CLERK_BILLING_ROLES", () => {
  for (const role of ["admin", "billing_manager"]) {
    assertEquals(billingOwnerOf(member(role), "organization"), { id: "org_acme", kind: "organization" });
  }
});

Deno.test("billingOwnerOf answers 403 to every other role and says which roles may", () => {
  for (const role of ["member", "Admin", "admins", "org", "constructor"]) {
    const error = assertThrows(() => billingOwnerOf(member(role), "organization"), AppError);
    assertEquals([error.code, error.status], ["forbidden", 403]);
    assertEquals(error.message.endsWith('"admin" or "billing_manager"'), true, error.message);
  }
});
