import { invalid } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, text, textUpTo } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Feature } from "../../core/wire.ts";

const create = fields({ lookup_key: textUpTo(80), metadata, name: textUpTo(80) }, "lookup_key", "name");
const update = fields({ active: boolean, metadata, name: textUpTo(80) });
const listed = fields({ ...pageParams, archived: boolean, lookup_key: text });

export const expansions: Expansions<Feature> = { references: {}, included: {} };

/** https://docs.stripe.com/api/entitlements/feature */
export const feature: Resource<
  "entitlements.feature",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "entitlements.feature",
  path: "/v1/entitlements/features",
  idParam: "id",
  create: {
    params: create,
    run({ lookup_key, metadata: change, name }, store) {
      const table = store.tables["entitlements.feature"];
      if (table.find((other) => other.active && other.lookup_key === lookup_key)) {
        throw invalid(`The lookup_key "${lookup_key}" is already in use by another active feature.`, "lookup_key");
      }
      return table.add({
        id: randomId("feat_test_61", 30),
        object: "entitlements.feature",
        active: true,
        livemode: false,
        lookup_key,
        metadata: mergeMetadata({}, change),
        name,
      });
    },
  },
  update: {
    params: update,
    run(before, { metadata: change, ...params }, store) {
      if (!before.active) throw invalid("You cannot update an archived feature.", "id");
      const metadata = mergeMetadata(before.metadata, change);
      return store.tables["entitlements.feature"].replace({ ...before, ...params, metadata });
    },
  },
  list: {
    params: listed,
    matches: ({ archived = false, lookup_key }) => (one) =>
      one.active !== archived && (lookup_key === undefined || one.lookup_key === lookup_key),
  },
};
