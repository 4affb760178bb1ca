/** What no log and no answer may contain. */
const SECRETS: [what: string, pattern: RegExp][] = [
  ["a secret key of Stripe's or Clerk's", /\b[sr]k_(test|live)_\w+/],
  ["a secret key of the project's", /\bsb_secret_\w+/],
  ["a webhook's secret", /\bwhsec_\w+/],
  // Every JWT begins with `{"` in base64.
  ["a token", /\beyJ[\w-]{8,}/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY/],
  ["a database's address", /\bpostgres(ql)?:\/\//],
  // One character before the @ is enough, and fast in a long text.
  ["an email", /[\w.+-]@([a-z\d-]+\.)+[a-z]{2,}\b/i],
];

/** @param own Other secrets of this stack. @throws Error with the first secret found and the text around it */
export function assertNoSecrets(text: string, where: string, own: string[] = []): void {
  for (const [what, pattern] of SECRETS) {
    const found = text.match(pattern);
    if (found) fail(found.index!, what);
  }
  for (const secret of own) {
    const found = text.indexOf(secret);
    if (found >= 0) fail(found, "a secret of this stack");
  }

  function fail(index: number, what: string): never {
    throw new Error(`${where} shows ${what}: …${text.slice(Math.max(0, index - 100), index + 100)}…`);
  }
}
