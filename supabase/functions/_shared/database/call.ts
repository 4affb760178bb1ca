/** Milliseconds for one call; each takes single ones. */
export const TIMEOUT = 5_000;

/**
 * A transport: calls one SQL function of `public` in one transaction, one round trip. The result is what PostgreSQL's
 * `to_json` makes of it. An argument that is undefined is left out; one that is JSON for the database is a `JsonArgument`.
 *
 * @throws AppError `database_unavailable`, `not_configured`, `internal`
 */
export type Call = (name: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;
