import { masked } from "./authentication.ts";
import { StripeError } from "./errors.ts";
import { isGranted, type Permission, type Permissions, RESOURCES } from "./permissions.ts";

const LEVELS = ["none", "read", "write"];

/** The account's restricted keys: https://docs.stripe.com/keys/restricted-api-keys */
export class RestrictedKeys {
  readonly #initial: Record<string, Permissions>;
  #keys = new Map<string, Permissions>();

  /** @throws TypeError when a key or a permission is invalid */
  constructor(initial: Record<string, Permissions>) {
    this.#initial = initial;
    this.reset();
  }

  /** Adds a key or replaces its permissions. @throws TypeError when the key or a permission is invalid */
  set(key: unknown, permissions: unknown): void {
    if (typeof key !== "string" || !/^rk_test_./.test(key)) {
      throw new TypeError("Invalid key: expected a restricted test key, 'rk_test_…'");
    }
    if (typeof permissions !== "object" || permissions === null) {
      throw new TypeError('Invalid permissions: expected an object such as { "customer": "write", "product": "read" }');
    }
    for (const [resource, level] of Object.entries(permissions)) {
      if (!RESOURCES.includes(resource)) {
        throw new TypeError(`Unknown resource "${resource}": expected one of ${RESOURCES.join(", ")}`);
      }
      if (!LEVELS.includes(level)) throw new TypeError(`Invalid level for "${resource}": expected none, read or write`);
    }
    this.#keys.set(key, { ...permissions });
  }

  delete(key: string): boolean {
    return this.#keys.delete(key);
  }

  all(): Record<string, Permissions> {
    return Object.fromEntries(this.#keys);
  }

  get(key: string): Permissions | undefined {
    return this.#keys.get(key);
  }

  /** Keeps the keys that the emulator was created with, with their permissions at that time. */
  reset(): void {
    this.#keys.clear();
    for (const [key, permissions] of Object.entries(this.#initial)) this.set(key, permissions);
  }

  /** @throws StripeError, Stripe's 403, when a restricted key lacks a permission; a secret key has all */
  require(key: string, permissions: Permission[], account: string): void {
    const granted = this.#keys.get(key);
    const missing = granted && permissions.find((permission) => !isGranted(granted, permission));
    if (missing) throw forbidden(key, missing, account);
  }
}

/** Stripe's words, as in https://github.com/stripe/sync-engine/issues/257; the key shows its last six characters. */
const forbidden = (key: string, permission: Permission, account: string) =>
  new StripeError(403, {
    code: "more_permissions_required",
    message: `The provided key '${
      masked(key, 6)
    }' does not have the required permissions for this endpoint on account '${account}'. Having the 'rak_${permission}' permission would allow this request to continue.`,
  });
