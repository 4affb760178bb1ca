/** The keys of the local project and of the Clerk and Stripe emulators: not secret, and valid nowhere else. */
export const PUBLISHABLE_KEY = "sb_publishable_local";
export const SECRET_KEY = "sb_secret_local";

export const STRIPE_SECRET_KEY = "sk_test_local_stripe";
/** What the functions of a test have: it has the permissions of docs/07-deploying.md and no other. */
export const STRIPE_RESTRICTED_KEY = "rk_test_local_restricted";
export const STRIPE_WEBHOOK_SECRET = "whsec_local_stripe_0000000000000000";

/** The secret that `stripe-reconcile` requires. */
export const RECONCILE_SECRET = "reconcile_local_000000000000000000000000";

export const CLERK_DOMAIN = "local.clerk.accounts.dev";
/** A publishable key is the instance's domain and a `$` in base64. https://clerk.com/docs/deployments/clerk-environment-variables */
export const CLERK_PUBLISHABLE_KEY = `pk_test_${btoa(`${CLERK_DOMAIN}$`)}`;
export const CLERK_SECRET_KEY = "sk_test_local_clerk";
/** A key in base64. */
export const CLERK_WEBHOOK_SIGNING_SECRET = `whsec_${btoa("local clerk, not secret")}`;
