/** A signed-in user with a customer of his own, and a visitor, at the functions, after what belongs to somebody else. */
import { assertEquals } from "@std/assert";
import { forge } from "./forge.ts";
import { sendRaw } from "./raw_request.ts";
import { disguises, each, type Person, startScene } from "./scene_of_strangers.ts";

const FUNCTIONS = [
  "stripe-customer",
  "stripe-products",
  "stripe-prices",
  "stripe-webhook",
  "stripe-reconcile",
  "health",
];

/** Every way to name somebody in a query or in a body. */
const namings = ({ id, customer, email, subscription, invoice }: Person): [name: string, value: string][] => [
  ["user_id", id],
  ["clerk_user_id", id],
  ["sub", id],
  ["id", id],
  ["customer", customer],
  ["customer_id", customer],
  ["stripe_customer_id", customer],
  ["email", email],
  ["metadata[clerk_user_id]", id],
  ["starting_after", customer],
  ["product", customer],
  ["subscription", subscription],
  ["invoice", invoice],
];

Deno.test("A stranger at the functions", async (t) => {
  await using scene = await startScene();
  const { attacker, learnsNothing } = scene;

  await t.step("learns nothing by naming the victim in a query or in a body, signed in or not", async () => {
    for (const token of [attacker.token, undefined]) {
      for (const naming of each(namings, scene)) {
        for (const path of FUNCTIONS) {
          await learnsNothing((whom) => scene.call(`${path}?${new URLSearchParams([naming(whom)])}`, { token }));
          const body = (whom: Person) => Object.fromEntries([naming(whom)]);
          await learnsNothing((whom) => scene.call(path, { method: "POST", token, body: body(whom) }));
        }
      }
    }
  });

  await t.step("gets his own customer, or none without a token, whatever he says beside it", async () => {
    const apikeys = ({ id, token }: Person): [string, string][] => [["apikey", id], ["apikey", token]];
    for (const disguise of [...each(disguises, scene), ...each(apikeys, scene)]) {
      for (const method of ["GET", "POST"]) {
        const headers = (whom: Person) => Object.fromEntries([disguise(whom)]);
        const ask = (token?: string) =>
          learnsNothing((whom) => scene.call("stripe-customer", { method, token, headers: headers(whom) }));
        assertEquals(JSON.parse((await ask(attacker.token)).body).customer_id, attacker.customer);
        assertEquals((await ask()).status, 401);
      }
    }
  });

  await t.step("finds nothing at a path that names the victim", async () => {
    const paths = [({ id }: Person) => id, ({ customer }: Person) => customer].flatMap((name) => [
      (whom: Person) => `/${name(whom)}`,
      (whom: Person) => `/../stripe-customer/${name(whom)}`,
      (whom: Person) => `;${name(whom)}`,
      (whom: Person) => `%2f${name(whom)}`,
    ]);
    for (const path of paths) {
      for (const method of ["GET", "POST", "DELETE", "PATCH"]) {
        const { token } = attacker;
        const told = await learnsNothing((whom) => scene.call(`stripe-customer${path(whom)}`, { method, token }));
        assertEquals(told.status, 404);
      }
    }
  });

  await t.step("is nobody with two tokens, of which one is good", async () => {
    const url = `${await scene.address("stripe-customer")}/stripe-customer`;
    const good = `authorization: Bearer ${attacker.token}`;
    const orders = (bad: string) => [[good, bad], [bad, good], [good, bad, good], [`${good}, ${bad.slice(15)}`]];
    for (const n of orders("").keys()) {
      const told = await learnsNothing(async ({ id }) => {
        const unsigned = await forge(attacker.token, { header: { alg: "none" }, claims: { sub: id } });
        return await sendRaw(url, ["GET", ...orders(`authorization: Bearer ${unsigned}`)[n]!]);
      });
      assertEquals(told.status, 401);
    }
  });

  await t.step("is who Clerk says he is, whatever else his token says", async () => {
    const claims = ({ id, customer, email }: Person): Record<string, unknown>[] => [
      { user_id: id },
      { clerk_user_id: id },
      { customer_id: customer },
      { email },
      { act: { sub: id } },
      { metadata: { customer_id: customer } },
    ];
    for (const claim of each(claims, scene)) {
      for (const method of ["GET", "POST"]) {
        const { body } = await learnsNothing(async (whom) => {
          const token = await scene.sign({ ...claim(whom), sub: attacker.id });
          return await scene.call("stripe-customer", { method, token });
        });
        assertEquals(JSON.parse(body).customer_id, attacker.customer);
      }
    }
  });

  await t.step("and nothing of anybody's has changed", () => scene.nothingChanged());
});
