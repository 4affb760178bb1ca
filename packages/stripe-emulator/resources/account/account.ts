import { noSuch } from "../../core/errors.ts";
import { fields } from "../../core/params.ts";
import type { Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Account } from "../../core/wire.ts";

const noParams = fields({});

/** https://docs.stripe.com/api/accounts/retrieve */
export const accountRoutes: Route[] = [
  {
    method: "GET",
    path: "/v1/account",
    prepare(form) {
      noParams(form, "");
      return accountOf;
    },
  },
  {
    method: "GET",
    path: "/v1/accounts/:id",
    prepare(form, id) {
      noParams(form, "");
      return (store) => {
        if (id !== store.account) throw noSuch("account", id, "account", 404);
        return accountOf(store);
      };
    },
  },
];

/** The secret key's account, ready to charge, with the settings of a new test account. */
function accountOf({ account }: Store): Account {
  return {
    id: account,
    object: "account",
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: null,
      minority_owned_business_designation: null,
      name: "Local test account",
      product_description: null,
      specified_commercial_transactions_act_url: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    business_type: null,
    capabilities: { card_payments: "active", transfers: "active" },
    charges_enabled: true,
    controller: { type: "account" },
    country: "US",
    created: 1_577_836_800,
    default_currency: "usd",
    details_submitted: true,
    email: "owner@example.com",
    external_accounts: { object: "list", data: [], has_more: false, url: `/v1/accounts/${account}/external_accounts` },
    future_requirements: requirements(),
    metadata: {},
    payouts_enabled: true,
    requirements: requirements(),
    settings: {
      bacs_debit_payments: { display_name: null, service_user_number: null },
      branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
      card_issuing: { tos_acceptance: { date: null, ip: null } },
      card_payments: {
        decline_on: { avs_failure: false, cvc_failure: false },
        statement_descriptor_prefix: null,
        statement_descriptor_prefix_kana: null,
        statement_descriptor_prefix_kanji: null,
      },
      dashboard: { display_name: "Local test account", timezone: "Etc/UTC" },
      invoices: { default_account_tax_ids: null, hosted_payment_method_save: null },
      payments: {
        statement_descriptor: null,
        statement_descriptor_kana: null,
        statement_descriptor_kanji: null,
        statement_descriptor_prefix_kana: null,
        statement_descriptor_prefix_kanji: null,
      },
      payouts: {
        debit_negative_balances: true,
        schedule: { delay_days: 2, interval: "daily" },
        statement_descriptor: null,
      },
      sepa_debit_payments: {},
    },
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type: "standard",
  };
}

const requirements = () => ({
  alternatives: [],
  current_deadline: null,
  currently_due: [],
  disabled_reason: null,
  errors: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
});
