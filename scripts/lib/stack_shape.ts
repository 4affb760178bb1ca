/** What `stack.json` holds. A module of its own, so that the functions' tests can import it. */
export interface StackFile {
  readonly url: string;
  readonly publishable_key: string;
  readonly secret_key: string;
  /** The database, as `postgres`. */
  readonly database_url: string;
  readonly stripe_url: string;
  readonly stripe_secret_key: string;
  /** The secrets that `stripe-webhook` accepts, separated by commas. */
  readonly stripe_webhook_secret: string;
  /** The secret that `stripe-reconcile` requires. */
  readonly reconcile_secret: string;
  readonly clerk_url: string;
  readonly clerk_publishable_key: string;
  readonly clerk_secret_key: string;
  readonly clerk_issuer: string;
  /** The secrets that `clerk-webhook` accepts, separated by commas. */
  readonly clerk_webhook_secret: string;
  /** The example app, where it is served. */
  readonly web_url?: string;
  /** Short name → Clerk's user id. */
  readonly users: Readonly<Record<string, string>>;
  /** Slug → Clerk's organization id. */
  readonly organizations: Readonly<Record<string, string>>;
}
