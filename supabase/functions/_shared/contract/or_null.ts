import * as z from "zod/mini";

/** A field that Stripe may leave out is null here, so that every field is always present. */
export const orNull = <Field extends z.ZodMiniType>(field: Field) => z._default(z.nullable(field), null as never);
