export type Metadata = Record<string, unknown>;

/** Merges at every level; null removes a key. https://clerk.com/docs/reference/backend/organization/update-organization-metadata */
export function mergeMetadata(before: Metadata, change: Metadata): Metadata {
  const merged: Metadata = { ...before };
  for (const [key, value] of Object.entries(change)) {
    const old = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? mergeMetadata(isObject(old) ? old : {}, value) : value;
  }
  return merged;
}

const isObject = (value: unknown): value is Metadata =>
  typeof value === "object" && value !== null && !Array.isArray(value);
