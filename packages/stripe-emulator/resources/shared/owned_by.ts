import type { Store } from "../../core/store.ts";
import type { Kind, Kinds } from "../../core/wire.ts";

interface Index {
  /** The number of indexed rows and the last live one, which shows whether the table was cleared. */
  read: number;
  last?: { id: string; position: number };
  positions: Map<string, number[]>;
}

/**
 * An index of a table: finds the objects of an owner, oldest first.
 *
 * @param ownerOf The owner of an object, which must never change
 */
export function ownedBy<K extends Kind>(
  kind: K,
  ownerOf: (object: Kinds[K]) => string | undefined,
): (owner: string, store: Store) => Kinds[K][] {
  const indexes = new WeakMap<Store, Index>();
  return (owner, store) => {
    const table = store.tables[kind];
    let index = indexes.get(store);
    if (!index || (index.last && table.position(index.last.id) !== index.last.position)) {
      indexes.set(store, index = { read: 0, positions: new Map() });
    }
    for (; index.read < table.length; index.read++) {
      const object = table.at(index.read) as Kinds[K] | undefined;
      if (!object) continue;
      index.last = { id: object.id, position: index.read };
      const of = ownerOf(object);
      if (of === undefined) continue;
      const positions = index.positions.get(of);
      if (positions) positions.push(index.read);
      else index.positions.set(of, [index.read]);
    }
    return (index.positions.get(owner) ?? []).flatMap((position) => (table.at(position) as Kinds[K] | undefined) ?? []);
  };
}
