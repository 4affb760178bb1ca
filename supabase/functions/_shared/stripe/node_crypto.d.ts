/** What is used of node:crypto. The types of Node.js would also describe globals that functions lack. */

interface Hmac {
  update(text: string): Hmac;
  digest(encoding: "hex"): string;
}

/** https://nodejs.org/api/crypto.html#cryptocreatehmacalgorithm-key-options */
export function createHmac(algorithm: "sha256", key: string): Hmac;

/**
 * Compares two values of one length in constant time.
 * https://nodejs.org/api/crypto.html#cryptotimingsafeequala-b
 */
export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
