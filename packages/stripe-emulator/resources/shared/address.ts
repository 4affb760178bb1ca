import { fields, optionalText } from "../../core/params.ts";

/** The parameters of a postal address. */
export const address = fields({
  city: optionalText,
  country: optionalText,
  line1: optionalText,
  line2: optionalText,
  postal_code: optionalText,
  state: optionalText,
});

/** An address with every field, as Stripe answers it. */
export const wholeAddress = (given: ReturnType<typeof address>) => ({
  city: given.city || null,
  country: given.country || null,
  line1: given.line1 || null,
  line2: given.line2 || null,
  postal_code: given.postal_code || null,
  state: given.state || null,
});
