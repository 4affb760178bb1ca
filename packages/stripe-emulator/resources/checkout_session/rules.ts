import { invalid } from "../../core/errors.ts";
import type { Customer } from "../../core/wire.ts";
import type { SessionParams } from "./params.ts";

/** Refuses parameters that a session's mode, or a given customer, does not allow. */
export function refuseContradictions(params: SessionParams, customer: Customer | undefined): void {
  const { automatic_tax, customer_update: update, mode, tax_id_collection } = params;
  if (mode === "subscription" && params.payment_intent_data) {
    throw invalid("You can not pass `payment_intent_data` in `subscription` mode.", "payment_intent_data");
  }
  if (mode === "subscription" && params.invoice_creation) {
    throw invalid("You can only enable invoice creation when `mode` is set to `payment`.", "invoice_creation");
  }
  if (mode === "payment" && params.subscription_data) {
    throw invalid("You can not pass `subscription_data` in `payment` mode.", "subscription_data");
  }
  if (mode === "payment" && params.payment_method_collection) {
    throw invalid(
      "You can only set `payment_method_collection` if there are recurring prices.",
      "payment_method_collection",
    );
  }
  if (customer && params.customer_email !== undefined) {
    throw invalid(
      "You may only specify one of these parameters: customer, customer_email.",
      "customer",
    );
  }
  if (!customer && update) {
    throw invalid("`customer_update` can only be used with `customer`.", "customer_update");
  }
  // https://github.com/laravel/cashier-stripe/issues/1778, with the code in https://github.com/raystack/frontier/pull/565
  if (customer && automatic_tax?.enabled && !customer.address?.country && update?.address !== "auto") {
    throw invalid(
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
      undefined,
      "customer_tax_location_invalid",
    );
  }
  if (customer && tax_id_collection?.enabled && update?.name !== "auto") {
    throw invalid(
      "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.",
      "tax_id_collection",
    );
  }
}
