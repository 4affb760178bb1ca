import { invalid } from "../../core/errors.ts";
import { metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import {
  fields,
  integer,
  list,
  oneOf,
  optionalText,
  optionalTextUpTo,
  orUnset,
  type Param,
  text,
  textUpTo,
  time,
} from "../../core/params.ts";
import { address } from "../shared/address.ts";

const email: Param<string | null> = (value, param) => {
  const address = optionalTextUpTo(512)(value, param);
  if (address && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) {
    throw invalid(`Invalid email address: ${address}`, param, "email_invalid");
  }
  return address;
};

/** Phone numbers over 20 characters are refused, others are not parsed: https://github.com/odoo/odoo/pull/109728 */
const phone = optionalTextUpTo(20);

const taxExempt = oneOf("exempt", "none", "reverse");

const writable = {
  address: orUnset(address),
  balance: integer(),
  description: optionalText,
  email,
  invoice_prefix: text,
  invoice_settings: fields({
    custom_fields: orUnset(list(fields({ name: textUpTo(40), value: textUpTo(140) }, "name", "value"), 4)),
    default_payment_method: optionalText,
    footer: optionalText,
    rendering_options: orUnset(fields({ amount_tax_display: optionalText, template: optionalText })),
  }),
  metadata,
  // https://github.com/sagemathinc/cocalc/issues/4656
  name: optionalTextUpTo(256),
  next_invoice_sequence: integer(1),
  phone,
  preferred_locales: list(text, 20),
  shipping: orUnset(fields({ address, name: text, phone }, "address", "name")),
  source: text,
  tax_exempt: orUnset(taxExempt),
};
export const createParams = fields({ ...writable, payment_method: text, test_clock: text });
export const updateParams = fields(writable);
export type CreateParams = ReturnType<typeof createParams>;
export type CustomerParams = ReturnType<typeof updateParams>;

export const listParams = fields({ ...pageParams, created: time, email: text, test_clock: text });
