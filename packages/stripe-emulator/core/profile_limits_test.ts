import { openAccount } from "../testing/account.ts";
import { assert, assertEquals } from "../testing/assert.ts";
import { refusal } from "../testing/shop.ts";
import { stripe } from "../testing/stripe_cli.ts";

const ascii = (length: number) => "x".repeat(length);
const emoji = (length: number) => "😀".repeat(length);
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const tooLong = (param: string, max: number) => ({
  status: 400,
  type: "invalid_request_error",
  param,
  message: `Invalid string: xxxxxxxxxx...xxxxxxxxxx; must be at most ${max} characters`,
});

const LIMITS: [path: string, param: string, max: number, rest?: Record<string, string>][] = [
  ["/v1/customers", "name", 256],
  ["/v1/customers", "phone", 20],
  ["/v1/customers", "description", 5_000],
  ["/v1/customers", "shipping[phone]", 20, { "shipping[name]": "Ada", "shipping[address][city]": "Rome" }],
  ["/v1/customers", "invoice_settings[custom_fields][0][name]", 40, {
    "invoice_settings[custom_fields][0][value]": "v",
  }],
  ["/v1/customers", "invoice_settings[custom_fields][0][value]", 140, {
    "invoice_settings[custom_fields][0][name]": "n",
  }],
  ["/v1/products", "statement_descriptor", 22, { name: "A" }],
  ["/v1/products", "marketing_features[0][name]", 80, { name: "A" }],
  ["/v1/prices", "lookup_key", 200, { currency: "usd", unit_amount: "1", "product_data[name]": "A" }],
  ["/v1/entitlements/features", "name", 80, { lookup_key: "k" }],
  ["/v1/entitlements/features", "lookup_key", 80, { name: "A" }],
];
for (const [path, param, max, rest = {}] of LIMITS) {
  Deno.test(`POST ${path} takes ${max} characters of ${param}, and refuses one more`, async () => {
    await using account = openAccount();
    for (const value of [ascii(max), emoji(max)]) {
      const { status } = await account.post(path, form({ ...rest, [param]: value }));
      assertEquals(status, 200);
      await account.control("reset");
    }
    assertEquals(refusal(await account.post(path, form({ ...rest, [param]: ascii(max + 1) }))), tooLong(param, max));
  });
}

Deno.test("a customer's email is refused over 512 characters and when it is no address", async () => {
  await using account = openAccount();
  assertEquals(refusal(await account.post("/v1/customers", `email=${ascii(513)}`)), tooLong("email", 512));
  assertEquals(refusal(await account.post("/v1/customers", "email=ada%40localhost")), {
    status: 400,
    type: "invalid_request_error",
    code: "email_invalid",
    param: "email",
    message: "Invalid email address: ada@localhost",
  });
});

Deno.test("metadata is refused over 50 keys, 40 characters of a key or 500 of a value; an emoji is one character", async () => {
  await using account = openAccount();
  const pairs = (count: number) =>
    form(Object.fromEntries(Array.from({ length: count }, (_, key) => [`metadata[k${key}]`, "v"])));
  for (const body of [pairs(50), form({ [`metadata[${emoji(40)}]`]: emoji(500) })]) {
    assertEquals((await account.post("/v1/customers", body)).status, 200);
  }
  for (const body of [pairs(51), form({ [`metadata[${ascii(41)}]`]: "v" }), form({ "metadata[k]": emoji(501) })]) {
    const { status, body: { error } } = await account.post("/v1/customers", body);
    assertEquals([status, error.type, error.param.startsWith("metadata")], [400, "invalid_request_error", true]);
  }
});

Deno.test("an update refuses what a creation refuses, and changes nothing", async () => {
  await using account = openAccount();
  const { id } = await account.sdk.customers.create({ name: "Ada", phone: "1" });
  const error = await account.sdk.customers.update(id, { name: "Eve", phone: ascii(21) }).catch((thrown) => thrown);
  assertEquals([error.param, error.statusCode], ["phone", 400]);
  const after = await account.sdk.customers.retrieve(id);
  assert(!after.deleted);
  assertEquals([after.name, after.phone], ["Ada", "1"]);
});

for (
  const [what, path, body] of [
    ["product", "/v1/products", "name=A"],
    ["product of a price", "/v1/prices", "currency=usd&unit_amount=1&product_data[name]=A"],
    ["coupon", "/v1/coupons", "percent_off=10"],
  ] as const
) {
  Deno.test(`the chosen id of a ${what} takes letters, digits, hyphen and underscore only`, async () => {
    await using account = openAccount();
    const param = path === "/v1/prices" ? "product_data[id]" : "id";
    assertEquals((await account.post(path, `${body}&${param}=Pro_2026-a`)).status, 200);
    for (const id of ["a b", "a/b", "a.b", "é", "a%0A", "prod:1"]) {
      const answer = await account.post(path, `${body}&${param}=${id.includes("%") ? id : encodeURIComponent(id)}`);
      assertEquals(refusal(answer), {
        status: 400,
        type: "invalid_request_error",
        param,
        message: `This value must match the regex pattern. (/\\A[a-zA-Z0-9_\\-]+\\z/ does not match for the value ${
          decodeURIComponent(id)
        }).`,
      });
    }
  });
}

Deno.test("the Stripe CLI shows the refusal of a product id", async () => {
  await using account = openAccount();
  const answer = await stripe(account.url, "products", "create", "--id", "a b", "--name", "A").catch((error) => error);
  assert(JSON.stringify(answer instanceof Error ? answer.message : answer).includes("must match the regex pattern"));
});
