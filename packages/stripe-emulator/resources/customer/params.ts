import { invalid } from "../../core/errors.ts";
import { metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, integer, list, oneOf, optionalText, orUnset, type Param, text, time } from "../../core/params.ts";
import { address } from "../shared/address.ts";

const email: Param<string | null> = (value, param) => {
  const address = optionalText(value, param);
  if (address && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) {
    throw invalid(`Invalid email address: ${address}`, param, "email_invalid");
  }
  return address;
};

const taxExempt = oneOf("exempt", "none", "reverse");

const writable = {
  address: orUnset(address),
  balance: integer(),
  description: optionalText,
  email,
  invoice_prefix: text,
  invoice_settings: fields({
    custom_fields: orUnset(list(fields({ name: text, value: text }, "name", "value"), 4)),
    default_payment_method: optionalText,
    footer: optionalText,
    rendering_options: orUnset(fields({ amount_tax_display: optionalText, template: optionalText })),
  }),
  metadata,
  name: optionalText,
  next_invoice_sequence: integer(1),
  phone: optionalText,
  preferred_locales: list(text, 20),
  shipping: orUnset(fields({ address, name: text, phone: optionalText }, "address", "name")),
  source: text,
  tax_exempt: orUnset(taxExempt),
};
export const createParams = fields({ ...writable, payment_method: text, test_clock: text });
export const updateParams = fields(writable);
export type CreateParams = ReturnType<typeof createParams>;
export type CustomerParams = ReturnType<typeof updateParams>;

export const listParams = fields({ ...pageParams, created: time, email: text, test_clock: text });
