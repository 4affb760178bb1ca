/** The calls of a frontend with supabase-js, and the preflight requests of a browser. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { FunctionRegion, FunctionsHttpError } from "@supabase/supabase-js";
import { Customer } from "../_shared/contract/customer.ts";
import { ErrorBody } from "../_shared/contract/error_body.ts";
import { Health } from "../_shared/contract/health.ts";
import { PricePage } from "../_shared/contract/prices.ts";
import { ProductPage } from "../_shared/contract/products.ts";
import { readProblems, readText } from "./answers.ts";
import { ORIGIN, type Stack, startStack } from "./stack.ts";

type Invoked = ReturnType<ReturnType<Stack["client"]>["functions"]["invoke"]>;

/** The data of a successful call. */
async function dataOf(invoked: Invoked) {
  const { data, error } = await invoked;
  assertEquals(error, null);
  return data;
}

/** The error of a failed call, read as the documentation says. */
async function errorOf(invoked: Invoked): Promise<ErrorBody["error"] & { status: number }> {
  const { data, error } = await invoked;
  assertEquals(data, null);
  assertInstanceOf(error, FunctionsHttpError);
  const body = await error.context.json();
  assertEquals(body, ErrorBody.parse(body));
  assertEquals(body.error.request_id, error.context.headers.get("x-request-id"));
  return { ...body.error, status: error.context.status };
}

Deno.test("supabase-js, signed in", async (t) => {
  await using stack = await startStack();
  const { stripe } = stack;
  for (const name of ["Starter", "Team", "Business"]) {
    const { id: product } = await stripe.products.create({ name });
    const shared = { product, currency: "usd", unit_amount: 900 };
    await stripe.prices.create({ ...shared, lookup_key: `${name}_monthly`, recurring: { interval: "month" } });
    await stripe.prices.create({ ...shared, lookup_key: `${name}_yearly`, recurring: { interval: "year" } });
  }
  const { functions } = stack.client(await stack.sign({ exp: Math.floor(Date.now() / 1000) + 3_600 }));

  await t.step("invoke without a body, which is a POST, answers the first page", async () => {
    const { data, has_more } = ProductPage.parse(await dataOf(functions.invoke("stripe-products")));
    assertEquals([data.map(({ name }) => name).sort(), has_more], [["Business", "Starter", "Team"], false]);
    assertEquals(PricePage.parse(await dataOf(functions.invoke("stripe-prices"))).data.length, 6);
  });

  await t.step("invoke with a body applies its fields", async () => {
    const products = await dataOf(functions.invoke("stripe-products", { body: { limit: 2, expand: ["prices"] } }));
    assertEquals(ProductPage.parse(products).data.map(({ prices }) => prices?.length), [2, 2]);
    const body = { lookup_key: ["Team_monthly", "Team_yearly"], interval: "year" };
    const { data } = PricePage.parse(await dataOf(functions.invoke("stripe-prices", { body })));
    assertEquals(data.map(({ lookup_key }) => lookup_key), ["Team_yearly"]);
  });

  await t.step("invoke with an empty object answers the first page", async () => {
    assertEquals(ProductPage.parse(await dataOf(functions.invoke("stripe-products", { body: {} }))).data.length, 3);
  });

  await t.step("invoke with method GET reads the query", async () => {
    const page = await dataOf(functions.invoke("stripe-products?limit=2", { method: "GET" }));
    assertEquals(ProductPage.parse(page).data.length, 2);
    Health.parse(await dataOf(functions.invoke("health", { method: "GET" })));
  });

  await t.step("invoke with a region answers the same", async () => {
    const region = FunctionRegion.EuCentral1;
    const expected = await dataOf(functions.invoke("stripe-products", { body: { limit: 2 } }));
    assertEquals(await dataOf(functions.invoke("stripe-products", { region, body: { limit: 2 } })), expected);
    assertEquals(await dataOf(functions.invoke("stripe-products?limit=2", { region, method: "GET" })), expected);
    Health.parse(await dataOf(functions.invoke("health", { region, method: "GET" })));
    assertEquals((await errorOf(functions.invoke("stripe-customer", { region, method: "GET" }))).status, 404);
  });

  await t.step("invoke of stripe-customer creates the customer, and the second call answers it", async () => {
    const { functions } = stack.client(await stack.signIn("grace"));
    const first = Customer.parse(await dataOf(functions.invoke("stripe-customer")));
    const second = Customer.parse(await dataOf(functions.invoke("stripe-customer")));
    assertEquals([first.created, second], [true, { ...first, created: false }]);
  });

  await t.step("error.context.json() has the code, the fields and the request id", async () => {
    const { status, code, details } = await errorOf(functions.invoke("stripe-products", { body: { limit: 0, a: 1 } }));
    assertEquals([status, code, details?.map(({ field }) => field)], [400, "invalid_request", ["limit", "a"]]);
  });

  await t.step("invoke with a body that is not JSON answers unsupported_media_type", async () => {
    for (const body of ["text", new Blob(["{}"]), new FormData()]) {
      assertEquals((await errorOf(functions.invoke("stripe-products", { body }))).code, "unsupported_media_type");
    }
  });

  await t.step("invoke with another method answers method_not_allowed", async () => {
    const { status, code } = await errorOf(functions.invoke("stripe-products", { method: "DELETE" }));
    assertEquals([status, code], [405, "method_not_allowed"]);
    assertEquals((await errorOf(functions.invoke("health"))).code, "method_not_allowed");
  });

  await t.step("invoke without a session answers 401 where a user is required", async () => {
    const { functions } = stack.client();
    for (const name of ["stripe-products", "stripe-prices", "stripe-customer"]) {
      const { status, code } = await errorOf(functions.invoke(name));
      assertEquals([status, code], [401, "unauthenticated"]);
    }
    Health.parse(await dataOf(functions.invoke("health", { method: "GET" })));
  });

  await t.step(
    "a preflight without a token allows the headers that supabase-js sends",
    async () => {
      const requested = "apikey, authorization, content-type, x-client-info, x-region";
      for (const name of ["health", "stripe-products", "stripe-prices", "stripe-customer"]) {
        const response = await stack.call(`${name}?forceFunctionRegion=eu-central-1`, {
          method: "OPTIONS",
          headers: { "access-control-request-method": "POST", "access-control-request-headers": requested },
        });
        await readText(response, 204);
        const allowed = response.headers.get("access-control-allow-headers")?.split(", ") ?? [];
        for (const header of requested.split(", ")) assert(allowed.includes(header), `${header} is not allowed`);
      }
    },
  );

  await t.step("an error has the CORS headers that a browser needs to read it", async () => {
    await readProblems(await stack.call("stripe-products?limit=0", { token: await stack.signIn() }));
  });

  await t.step("a request from another origin gets no CORS header", async () => {
    const headers = { origin: ORIGIN.replace("http", "https") };
    for (const method of ["OPTIONS", "POST"]) {
      const response = await stack.call("stripe-customer", { method, headers, token: await stack.signIn() });
      await response.body?.cancel();
      assertEquals([...response.headers.keys()].filter((name) => name.startsWith("access-control-")), []);
    }
  });
});

Deno.test("supabase-js, signed out, reads a public catalog with the publishable key and with the legacy key", async () => {
  const legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl";
  await using stack = await startStack({ CATALOG_ACCESS: "public", SUPABASE_ANON_KEY: legacy });
  for (const key of [stack.publishable_key, legacy]) {
    const { functions } = stack.client(undefined, key);
    ProductPage.parse(await dataOf(functions.invoke("stripe-products", { body: { limit: 3 } })));
    PricePage.parse(await dataOf(functions.invoke("stripe-prices")));
    assertEquals((await errorOf(functions.invoke("stripe-customer"))).status, 401);
  }
});
