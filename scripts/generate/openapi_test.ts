import { assert, assertEquals } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ENDPOINTS } from "../../supabase/functions/_shared/contract/endpoints.ts";
import { STATUS } from "../../supabase/functions/_shared/contract/errors.ts";
import { clientTypes } from "./client_types.ts";
import { openapi, type Operation } from "./openapi.ts";
import { type JsonSchema, REF } from "./schemas.ts";

const document = openapi();
const copy = () => JSON.parse(JSON.stringify(document));

Deno.test("an independent validator finds the document to be valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(copy());
  assertEquals([valid, errors], [true, undefined]);
  assertEquals(validator.version, "3.1");
});

Deno.test("the validator finds a response without a description", async () => {
  const broken = copy();
  delete broken.paths["/stripe-products"].get.responses[200].description;
  assertEquals((await new Validator().validate(broken)).valid, false);
});

Deno.test("every reference has a target", () => {
  const missing = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!)
    .filter((path) => path.split("/").reduce((at, key) => at?.[key], document as any) === undefined);
  assertEquals(missing, []);
});

Deno.test("the document has each method, status and error code of the table of endpoints", () => {
  for (const [name, methods] of Object.entries(ENDPOINTS)) {
    const documented = document.paths[`/${name}`]!;
    assertEquals(Object.keys(documented), Object.keys(methods).map((method) => method.toLowerCase()), name);
    for (const [method, { statuses, errors }] of Object.entries<Operation>(methods)) {
      const { responses } = documented[method.toLowerCase()]!;
      const expected = [...statuses, ...errors.map((code) => STATUS[code])].map(String);
      assertEquals(Object.keys(responses).toSorted(), [...new Set(expected)].toSorted(), name);
      for (const code of errors) {
        const text = JSON.stringify(responses[STATUS[code]]);
        assert(text.includes(`\`${code}\``) || text.includes(`responses/${code}"`), `${name} lacks ${code}`);
      }
    }
  }
});

Deno.test("an answer may get more fields, and an input refuses what it does not name", () => {
  const { CheckoutInput, Product, Price } = document.components.schemas;
  assertEquals(CheckoutInput!.additionalProperties, false);
  assertEquals([Product!.additionalProperties, Price!.additionalProperties], [undefined, undefined]);
});

Deno.test("the defaults of inputs are in the document, also of fields that are transformed", () => {
  const { limit, active } = document.components.schemas.ListProducts!.properties!;
  const { for: owner } = document.components.schemas.CheckoutInput!.properties!;
  assertEquals([limit!.default, active!.default, owner!.default], [20, true, "user"]);
});

Deno.test("the client's types have what users call, and no others", () => {
  const types = clientTypes(document);
  for (const name of ["ListPrices", "CheckoutInput", "SubscriptionState", "ErrorBody", "Tier"]) {
    assert(new RegExp(`export (interface|type) ${name} `).test(types), name);
  }
  for (const name of ["Receipt", "Health", "ReconcileInput"]) assert(!types.includes(`${name} `), name);
});

Deno.test("clientTypes writes unions, arrays, records, references and optional fields", () => {
  const schema: JsonSchema = {
    type: "object",
    description: "A thing.",
    properties: {
      one: { anyOf: [{ type: "string" }, { $ref: `${REF}Other` }], description: "One." },
      many: { type: "array", items: { type: "string", enum: ["a", "b"] } },
      by_name: { type: "object", additionalProperties: { type: "integer" } },
    },
    required: ["one"],
  };
  const response = {
    description: "",
    headers: {},
    content: { "application/json": { schema: { $ref: `${REF}Thing` } } },
  };
  const types = clientTypes({
    ...document,
    paths: {
      "/thing": {
        get: { ...document.paths["/health"]!.get!, security: [{ clerk: [] }], responses: { 200: response } },
      },
    },
    components: { ...document.components, schemas: { Thing: schema, Other: { type: "boolean" } } },
  });
  assert(types.includes("export type Other = boolean;"), types);
  assert(
    types.includes(
      '/** A thing. */\nexport interface Thing { \n/** One. */\none: string | Other;\nmany?: Array<"a" | "b">;\nby_name?: Record<string, number>; }',
    ),
    types,
  );
});
