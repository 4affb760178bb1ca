/** The schemas of the contract under the names that they are exported with, as JSON Schema. */
import * as z from "zod/mini";
import * as checkout from "../../supabase/functions/_shared/contract/checkout.ts";
import * as customer from "../../supabase/functions/_shared/contract/customer.ts";
import { ENDPOINTS } from "../../supabase/functions/_shared/contract/endpoints.ts";
import * as errors from "../../supabase/functions/_shared/contract/error_body.ts";
import * as health from "../../supabase/functions/_shared/contract/health.ts";
import * as input from "../../supabase/functions/_shared/contract/input.ts";
import * as invoices from "../../supabase/functions/_shared/contract/invoices.ts";
import * as portal from "../../supabase/functions/_shared/contract/portal.ts";
import * as priceFields from "../../supabase/functions/_shared/contract/price_fields.ts";
import * as prices from "../../supabase/functions/_shared/contract/prices.ts";
import * as productFields from "../../supabase/functions/_shared/contract/product_fields.ts";
import * as products from "../../supabase/functions/_shared/contract/products.ts";
import * as reconcile from "../../supabase/functions/_shared/contract/reconcile.ts";
import * as subscription from "../../supabase/functions/_shared/contract/subscription.ts";
import * as update from "../../supabase/functions/_shared/contract/subscription_update.ts";
import * as webhook from "../../supabase/functions/_shared/contract/webhook.ts";

/** The contract's modules. Their exports that are schemas are described under their names. */
export const MODULES = {
  ...checkout,
  ...customer,
  ...errors,
  ...health,
  ...input,
  ...invoices,
  ...portal,
  ...priceFields,
  ...prices,
  ...productFields,
  ...products,
  ...reconcile,
  ...subscription,
  ...update,
  ...webhook,
};

/** The parts of JSON Schema that the contract uses. */
export interface JsonSchema {
  $ref?: string;
  $schema?: string;
  $id?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | false;
  propertyNames?: JsonSchema;
  minimum?: number;
  maximum?: number;
}

const SCHEMAS = new Map<string, z.ZodMiniType>();
for (const [name, value] of Object.entries<unknown>(MODULES)) {
  if (typeof value === "object" && value !== null && "_zod" in value) SCHEMAS.set(name, value as z.ZodMiniType);
}

export const REF = "#/components/schemas/";

const operations = Object.values(ENDPOINTS).flatMap((methods) => Object.values<{ input: unknown }>(methods));
/** Inputs, and what they hold, are described as they are sent; answers as they are received. */
const inputs = new Set([...operations.map(({ input }) => input), portal.Flow]);

/** The schemas by name, in the order of the contract; what they hold is a reference where it has a name. */
export function jsonSchemas(): Record<string, JsonSchema> {
  const describe = (io: "input" | "output") => {
    const registry = z.registry<{ id: string }>();
    for (const [id, schema] of SCHEMAS) {
      if (inputs.has(schema) === (io === "input")) registry.add(schema, { id });
    }
    return z.toJSONSchema(registry, { uri: (id) => REF + id, io, override }).schemas as Record<string, JsonSchema>;
  };
  const described = { ...describe("input"), ...describe("output") };

  return Object.fromEntries(
    [...SCHEMAS.keys()].toSorted().map((name) => {
      const { $schema: _dialect, $id: _id, ...schema } = described[name]!;
      return [name, schema];
    }),
  );
}

type Override = NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"];

const override: Override = ({ zodSchema, jsonSchema: given }) => {
  const schema = given as JsonSchema;
  const definition = zodSchema._zod.def as { type: string; catchall?: unknown; defaultValue?: unknown };
  // An answer may get more fields; only an input refuses what it does not name.
  if (definition.type === "object" && definition.catchall === undefined) delete schema.additionalProperties;
  // The default of a field that is piped is lost in what is sent.
  if (definition.type === "default") schema.default ??= definition.defaultValue;
  // In an answer a field with a default is always present.
  if (schema.default === null) delete schema.default;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  delete schema.propertyNames;
};

/** The schema of an operation as a reference, or whole where it has no name. */
export function refOf(schema: z.ZodMiniType): JsonSchema {
  for (const [name, known] of SCHEMAS) if (known === schema) return { $ref: REF + name };
  const { def } = schema._zod as { def: { type: string; options?: z.ZodMiniType[] } };
  if (def.type === "union" && def.options) return { anyOf: def.options.map(refOf) };
  throw new Error("A schema of an endpoint has no name: export it, and add its module to scripts/generate/schemas.ts");
}
