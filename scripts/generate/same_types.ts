/** `npm run check` proves here that the generated types of the client are those of the schemas. Nothing is run. */
import type * as z from "zod/mini";
import type { Contract } from "../../packages/client/contract.ts";
import type { ENDPOINTS } from "../../supabase/functions/_shared/contract/endpoints.ts";
import type { MODULES } from "./schemas.ts";

type Schemas = typeof MODULES;

/** Identical, optional fields included: of types that are only assignable, one could lack an optional field. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

type RequiredKeys<Type> = { [Key in keyof Type]-?: object extends Pick<Type, Key> ? never : Key }[keyof Type];

/** A transform takes everything, so the fields are compared with what comes out, and what is required with what goes in. */
type SameInput<Type, Schema> = Same<
  [Required<Type>, RequiredKeys<Type>],
  [Required<z.output<Schema>>, RequiredKeys<z.input<Schema>>]
>;

type Endpoints = typeof ENDPOINTS;

/** The schemas of the inputs of all endpoints. */
type InputSchema = {
  [Name in keyof Endpoints]: {
    [Method in keyof Endpoints[Name]]: Endpoints[Name][Method] extends { input: infer Input } ? Input : never;
  }[keyof Endpoints[Name]];
}[keyof Endpoints];

type IsOneOf<Type, Types> = true extends (Types extends unknown ? Same<Type, Types> : never) ? true : false;

/** The names of the inputs. */
type Inputs = {
  [Name in keyof Contract & keyof Schemas]: IsOneOf<Schemas[Name], InputSchema> extends true ? Name : never;
}[keyof Contract & keyof Schemas];

/** The names whose types differ. */
type Different =
  | Exclude<keyof Contract, keyof Schemas>
  | {
    [Name in Exclude<keyof Contract, Inputs>]: Same<Contract[Name], z.output<Schemas[Name]>> extends true ? never
      : Name;
  }[
    Exclude<keyof Contract, Inputs>
  ]
  | { [Name in Inputs]: SameInput<Contract[Name], Schemas[Name]> extends true ? never : Name }[Inputs];

const expectNone = <_Names extends never>() => {};
const expectSame = <_IsSame extends true>() => {};

/** The error of a difference shows the names. */
expectNone<Different>();

"ListPrices" satisfies Inputs;

// Cases that must fail.
// @ts-expect-error no input
"SubscriptionItem" satisfies Inputs;
// @ts-expect-error another type
expectSame<Same<Contract["PriceFields"], z.output<Schemas["ProductFields"]>>>();
// @ts-expect-error without an optional field
expectSame<Same<Omit<Contract["Product"], "prices">, z.output<Schemas["Product"]>>>();
type OtherPage = { data: { id: string }[]; has_more: boolean; next_cursor: string | null };
// @ts-expect-error another type of a nested field
expectSame<Same<OtherPage, z.output<Schemas["ProductPage"]>>>();
// @ts-expect-error an input without an optional field
expectSame<SameInput<Omit<Contract["ListPrices"], "interval">, Schemas["ListPrices"]>>();
// @ts-expect-error an input that requires less
expectSame<SameInput<Partial<Contract["CheckoutInput"]>, Schemas["CheckoutInput"]>>();
