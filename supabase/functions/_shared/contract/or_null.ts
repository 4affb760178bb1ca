import * as z from "zod/mini";

/** What Stripe may leave out is null with us, so that every field is always there. */
export const orNull = <Field extends z.ZodMiniType>(field: Field) => z._default(z.nullable(field), null as never);
