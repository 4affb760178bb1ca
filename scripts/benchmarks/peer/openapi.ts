/**
 * The peer makes its tables from Stripe's OpenAPI document, which it downloads from GitHub unless it is given one. This
 * one has the fields that the events' objects have, so that the benchmark needs no network.
 */
import type { StripeObject } from "../webhook_events.ts";

const RESOURCES = ["product", "price", "subscription", "subscription_item"];

export function openApiOf(objects: readonly StripeObject[]): unknown {
  const items = objects.flatMap(({ items }) => (items as { data: StripeObject[] } | undefined)?.data ?? []);
  const schemas = RESOURCES.map((resource) => {
    const fields = [...objects, ...items].filter(({ object }) => object === resource).flatMap(Object.entries);
    // A field that is null in some objects has the type of the others.
    const properties = Object.fromEntries([
      ...fields.map(([name]) => [name, { type: "string" }]),
      ...fields.filter(([, value]) => value !== null).map(([name, value]) => [name, { type: typeOf(value) }]),
    ]);
    return [resource, { "x-resourceId": resource, properties }];
  });
  return { openapi: "3.0.0", components: { schemas: Object.fromEntries(schemas) } };
}

function typeOf(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "boolean" ? "boolean" : typeof value === "string" ? "string" : "object";
}
