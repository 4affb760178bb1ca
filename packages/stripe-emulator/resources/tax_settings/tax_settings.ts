import { fields } from "../../core/params.ts";
import type { Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { TaxSettings } from "../../core/wire.ts";

const noParams = fields({});

/** https://docs.stripe.com/api/tax/settings; a control call says whether they are complete. */
export const taxSettingsRoutes: Route[] = [{
  method: "GET",
  path: "/v1/tax/settings",
  prepare(form) {
    noParams(form, "");
    return taxSettings;
  },
}];

function taxSettings({ behavior }: Store): TaxSettings {
  const active = behavior.tax_settings === "active";
  return {
    object: "tax.settings",
    defaults: { provider: "stripe", tax_behavior: null, tax_code: null },
    head_office: active ? { address: HEAD_OFFICE } : null,
    livemode: false,
    status: active ? "active" : "pending",
    status_details: active ? { active: {} } : { pending: { missing_fields: ["head_office"] } },
  };
}

const HEAD_OFFICE = { city: null, country: "US", line1: null, line2: null, postal_code: null, state: "CA" };
