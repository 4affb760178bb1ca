import { decodeJwt, decodeProtectedHeader } from "jose";
import { deepStrictEqual as assertEquals, notStrictEqual as assertNotEquals } from "node:assert/strict";
import { openClerk } from "./testing/instance.ts";

Deno.test("after a rotation the new key signs, and the old one stays in the key set until it is dropped", async () => {
  await using clerk = openClerk();
  const user = await clerk.createUser("ada");
  const { id } = await clerk.sdk.sessions.createSession({ userId: user.id });
  const kids = async () => {
    const { keys } = await (await fetch(`${clerk.url}/.well-known/jwks.json`))
      .json();
    return keys.map(({ kid }: { kid: string }) => kid);
  };
  const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;

  const before = await clerk.sdk.sessions.getToken(id);
  await clerk.call("/_local/rotate", {});
  const after = await clerk.sdk.sessions.getToken(id);
  assertNotEquals(kidOf(before.jwt), kidOf(after.jwt));
  assertEquals(await kids(), [kidOf(before.jwt), kidOf(after.jwt)]);
  assertEquals((await clerk.call("/_local/pem")).text.split("BEGIN PUBLIC KEY").length, 3);

  await clerk.call("/_local/rotate", { keep: 0 });
  assertEquals((await kids()).length, 1);
});

Deno.test("POST /_local/sign signs any claims under any header, a version 1 token among them", async () => {
  await using clerk = openClerk();
  const request = { claims: { sub: "user_odd", exp: 1 }, header: { kid: "ins_odd" } };
  const { jwt } = (await clerk.call("/_local/sign", request)).body;
  assertEquals(decodeJwt(jwt), request.claims);
  assertEquals(decodeProtectedHeader(jwt).kid, "ins_odd");

  const claims = { sub: "user_1", org_id: "org_1", org_role: "org:admin", org_slug: "acme" };
  assertEquals(decodeJwt((await clerk.call("/_local/sign", { claims })).body.jwt), claims);
});

Deno.test("the Backend API and the control calls with a wrong key answer 401", async () => {
  await using clerk = openClerk();
  for (
    const path of ["/_local/sign", "/_local/rotate", "/v1/users", "/v1/organizations"]
  ) {
    const { status, body } = await clerk.call(path, {}, { key: "sk_test_wrong" });
    assertEquals([status, body.errors[0].code], [401, "clerk_key_invalid"]);
  }
});
