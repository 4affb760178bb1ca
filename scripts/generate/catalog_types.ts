/** The file that narrows the client to the keys of one Stripe account. */

export interface CatalogKeys {
  /** Of active prices of active products. */
  readonly lookupKeys: Iterable<string>;
  /** Of features that are not archived. */
  readonly entitlements: Iterable<string>;
}

export const catalogTypes = ({ lookupKeys, entitlements }: CatalogKeys): string =>
  `// Written by "npm run types:catalog".

/** The keys of the Stripe account, for createBilling<Catalog>. */
export interface Catalog {
  /** The lookup keys of prices. */
  lookup_key: ${unionOf(lookupKeys)};
  /** The lookup keys of features. */
  entitlement: ${unionOf(entitlements)};
}
`;

function unionOf(keys: Iterable<string>): string {
  const sorted = [...new Set(keys)].toSorted();
  return sorted.length === 0 ? "never" : sorted.map((key) => `\n    | ${JSON.stringify(key)}`).join("");
}

/** Whether both files have the same keys: the application's formatter may have written one of them. */
export const isSameCatalog = (one: string, other: string): boolean => essence(one) === essence(other);

const essence = (text: string) => text.replaceAll("'", '"').replaceAll(/[\s|;]+/g, "");
