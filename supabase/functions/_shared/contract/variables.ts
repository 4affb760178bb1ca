/** The variables of the functions. env.ts checks their values; the commands read here which exist and which are secret. */

interface Variable {
  /**
   * Who sets it: the operator, the operator of a server outside Supabase, the platform itself, or the local stack and the
   * tests. Neither the local stack nor a deployment to Supabase gets those of a server.
   */
  readonly setBy: "operator" | "server" | "platform" | "local";
  /** Whether its value must not appear in any output. */
  readonly secret: boolean;
  readonly description: string;
}

export const VARIABLES = {
  STRIPE_SECRET_KEY: {
    setBy: "operator",
    secret: true,
    description: "Stripe's secret or restricted key; its mode is the mode of the deployment.",
  },
  STRIPE_WEBHOOK_SECRET: {
    setBy: "operator",
    secret: true,
    description: "Signing secrets of the webhook endpoint, separated by commas.",
  },
  STRIPE_API_URL: {
    setBy: "local",
    secret: false,
    description: "Address of a Stripe emulator, for test keys only.",
  },
  RECONCILE_SECRET: {
    setBy: "operator",
    secret: true,
    description: "What the scheduler sends to stripe-reconcile, 32 characters or more.",
  },
  STRIPE_PORTAL_CONFIGURATION: {
    setBy: "operator",
    secret: false,
    description: "The configuration of Stripe's customer portal, where it is not the account's default.",
  },
  CLERK_PUBLISHABLE_KEY: {
    setBy: "operator",
    secret: false,
    description: "Clerk's publishable key, which names the instance whose tokens are accepted.",
  },
  CLERK_SECRET_KEY: {
    setBy: "operator",
    secret: true,
    description: "Clerk's secret key, for its key set and for the profiles of users and organizations.",
  },
  CLERK_JWT_KEY: {
    setBy: "operator",
    secret: false,
    description: "Clerk's public keys in PEM form, to verify tokens without a request to Clerk.",
  },
  CLERK_ISSUER: {
    setBy: "operator",
    secret: false,
    description: "The issuer of the tokens, where it is not the instance of the publishable key.",
  },
  CLERK_AUTHORIZED_PARTIES: {
    setBy: "operator",
    secret: false,
    description: "The origins (azp) that a token may come from; without it those of ALLOWED_ORIGINS.",
  },
  CLERK_BILLING_ROLES: {
    setBy: "operator",
    secret: false,
    description: "The roles that may act on the billing of their organization, separated by commas.",
  },
  CLERK_WEBHOOK_SIGNING_SECRET: {
    setBy: "operator",
    secret: true,
    description: "Signing secrets of Clerk's webhook endpoint, separated by commas.",
  },
  CLERK_USER_DELETED: {
    setBy: "operator",
    secret: false,
    description: "What becomes of the subscriptions of a deleted user or organization.",
  },
  CLERK_API_URL: {
    setBy: "local",
    secret: false,
    description: "Address of Clerk's Backend API or of its emulator.",
  },
  ALLOWED_ORIGINS: {
    setBy: "operator",
    secret: false,
    description: "The origins of the frontends that may call the functions, separated by commas.",
  },
  CHECKOUT_SLOT: {
    setBy: "operator",
    secret: false,
    description: "What an owner may have once: one plan (customer), or one of each product (product).",
  },
  CHECKOUT_EXPIRES_MINUTES: {
    setBy: "operator",
    secret: false,
    description: "Minutes for which a payment page can be used, from 30 to 1440.",
  },
  CHECKOUT_TAX: {
    setBy: "operator",
    secret: false,
    description: "Whether Stripe Tax calculates the tax of checkouts: off or automatic.",
  },
  CHECKOUT_TAX_IDS: {
    setBy: "operator",
    secret: false,
    description: "Whether buyers may give a tax id: off or on.",
  },
  CHECKOUT_BILLING_ADDRESS: {
    setBy: "operator",
    secret: false,
    description: "Whether buyers give a billing address: auto (if it is needed) or required.",
  },
  CHECKOUT_PROMOTION_CODES: {
    setBy: "operator",
    secret: false,
    description: "Whether buyers may give a promotion code: off or on.",
  },
  CHECKOUT_INVOICES: {
    setBy: "operator",
    secret: false,
    description: "Whether one-time purchases get an invoice: off or on.",
  },
  CHECKOUT_DUPLICATES: {
    setBy: "operator",
    secret: false,
    description: "What becomes of a second live subscription in one slot: mend (canceled and refunded) or flag.",
  },
  BILLING_GRACE_DAYS: {
    setBy: "operator",
    secret: false,
    description: "Days for which a subscription keeps access while Stripe retries its payment, from 0 to 365.",
  },
  BILLING_EFFECTIVE_FEATURES: {
    setBy: "operator",
    secret: false,
    description: "Whether subscribers get the features that were attached to their product later: off or on.",
  },
  CATALOG_ACCESS: {
    setBy: "operator",
    secret: false,
    description: "Who may read products and prices: authenticated users, or the public.",
  },
  CATALOG_REFRESH_SECONDS: {
    setBy: "operator",
    secret: false,
    description: "Seconds after which the catalog is listed at Stripe again, at least 5.",
  },
  LOG_SUCCESS: {
    setBy: "operator",
    secret: false,
    description: "The fraction of the log lines of successes that is written, from 0 (none) to 1 (all).",
  },
  DATABASE_URL: {
    setBy: "server",
    secret: true,
    description: "The connection string of a PostgreSQL, in place of the Data API of a Supabase project.",
  },
  SUPABASE_URL: {
    setBy: "platform",
    secret: false,
    description: "The project's address.",
  },
  SUPABASE_SECRET_KEYS: {
    setBy: "platform",
    secret: true,
    description: "The project's secret keys, as a JSON object.",
  },
  SUPABASE_SERVICE_ROLE_KEY: {
    setBy: "platform",
    secret: true,
    description: "The project's legacy secret key.",
  },
  SUPABASE_PUBLISHABLE_KEYS: {
    setBy: "platform",
    secret: false,
    description: "The project's publishable keys, as a JSON object.",
  },
  SUPABASE_ANON_KEY: {
    setBy: "platform",
    secret: false,
    description: "The project's legacy publishable key.",
  },
  HOST: {
    setBy: "server",
    secret: false,
    description: "The address that the plain server listens on.",
  },
  PORT: {
    setBy: "server",
    secret: false,
    description: "The port that the plain server listens on.",
  },
  STOP_DELAY_SECONDS: {
    setBy: "server",
    secret: false,
    description: "Seconds for which the plain server accepts requests after the signal to stop, from 0 to 20.",
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;

/** The value of a variable that is not set. Apart from {@link VARIABLES}, whose sentences no bundle needs. */
export const DEFAULTS = {
  CLERK_API_URL: "https://api.clerk.com",
  CLERK_BILLING_ROLES: "admin",
  CLERK_USER_DELETED: "cancel_at_period_end",
  CHECKOUT_SLOT: "customer",
  CHECKOUT_EXPIRES_MINUTES: "60",
  CHECKOUT_TAX: "off",
  CHECKOUT_TAX_IDS: "off",
  CHECKOUT_BILLING_ADDRESS: "auto",
  CHECKOUT_PROMOTION_CODES: "off",
  CHECKOUT_INVOICES: "off",
  CHECKOUT_DUPLICATES: "mend",
  BILLING_GRACE_DAYS: "14",
  BILLING_EFFECTIVE_FEATURES: "off",
  CATALOG_ACCESS: "authenticated",
  CATALOG_REFRESH_SECONDS: "60",
  LOG_SUCCESS: "1",
  HOST: "127.0.0.1",
  PORT: "8000",
  STOP_DELAY_SECONDS: "0",
} as const satisfies Partial<Record<VariableName, string>>;

/** The names of the variables that are set by one of these, in the list's order. */
export const variablesSetBy = (...setters: Variable["setBy"][]): VariableName[] =>
  (Object.keys(VARIABLES) as VariableName[]).filter((name) => setters.includes(VARIABLES[name].setBy));
