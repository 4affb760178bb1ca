/** What the operator does next, where no command can do it. */

export const PREPARED = `Set the password of the server's role, once in each PostgreSQL, the old one and the new one:
  alter role billing_server password '…'`;

/** @param tables Those of the operator's own */
export const notMoved = (tables: readonly string[]) =>
  `Not moved: ${tables.join(", ")}. See docs/04-database.md#tables-of-your-own`;

export const AFTER_MOVE = `Next, see docs/04-database.md#leaving-supabase:
  - the server on the new database: GET /ready answers 200
  - "npm run leave -- --back" returns, with everything that happens from now on
  - when you are sure: in the old database select cron.unschedule('billing_reconcile'), and delete its functions`;

export const AFTER_RETURN = `Next, see docs/04-database.md#leaving-supabase:
  - a server on the old database, or the functions: GET /ready or /functions/v1/health answers 200
  - Stripe's events, if they are to go to the functions again: "npm run stripe:webhook"
  - the schedule, if it was removed: "npm run deploy"`;
