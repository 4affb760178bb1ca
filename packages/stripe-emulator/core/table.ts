import type { Deleted } from "./wire.ts";

export interface Row<O> {
  object: O | Deleted;
  /** The time of the last write, in milliseconds. */
  changed: number;
  /** The state in the search index before the last write; null if there was none. */
  indexed: O | null;
}

interface Settings<O> {
  now(): number;
  /** Called after every write that is not silent. */
  wrote(operation: Operation, object: O, previous?: O): void;
  /** The delay of the search index, in milliseconds. */
  searchLag: number;
}

export type Operation = "created" | "updated" | "deleted";

/** A silent write emits no event. */
export interface WriteOptions {
  silent?: boolean;
}

/** The objects of one kind; every write goes through `add`, `replace` or `remove`, which emit the events. */
export class Table<O extends { id: string; object: string }> {
  readonly #rows: Row<O>[];
  readonly #positions: Map<string, number>;
  readonly #settings: Settings<O>;

  constructor(rows: Row<O>[], settings: Settings<O>) {
    this.#rows = rows;
    this.#positions = new Map(rows.map((row, position) => [row.object.id, position]));
    this.#settings = settings;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** The object with this id, also a deleted one. */
  get(id: string): O | Deleted | undefined {
    return this.#row(id)?.object;
  }

  /** The object with this id, unless it is deleted. */
  live(id: string): O | undefined {
    const object = this.get(id);
    return object && !isDeleted(object) ? object : undefined;
  }

  /** The position of an object in the order of creation. */
  position(id: string): number | undefined {
    return this.#positions.get(id);
  }

  /** The object at a position, unless it is deleted. */
  at(position: number): O | undefined {
    const object = this.#rows[position]?.object;
    return object && !isDeleted(object) ? object : undefined;
  }

  find(matches: (object: O) => boolean): O | undefined {
    for (const { object } of this.#rows) {
      if (!isDeleted(object) && matches(object)) return object;
    }
  }

  /** All objects that are not deleted, oldest first. */
  all(): O[] {
    return this.#rows.map(({ object }) => object).filter((object): object is O => !isDeleted(object));
  }

  /** Adds an object and emits `created`. */
  add(object: O, { silent = false }: WriteOptions = {}): O {
    this.#positions.set(object.id, this.#rows.length);
    this.#rows.push({ object, changed: this.#settings.now(), indexed: null });
    if (!silent) this.#settings.wrote("created", object);
    return object;
  }

  /** Replaces an object and emits `updated` if it changed. */
  replace(object: O, { silent = false }: WriteOptions = {}): O {
    const previous = this.live(object.id);
    this.#write(object);
    if (!silent) this.#settings.wrote("updated", object, previous);
    return object;
  }

  /** Deletes an object and emits `deleted`. */
  remove(id: string, { silent = false }: WriteOptions = {}): Deleted {
    const previous = this.live(id);
    const { object } = this.#row(id)!;
    const deleted: Deleted = { id, object: object.object, deleted: true };
    this.#write(deleted);
    if (!silent && previous) this.#settings.wrote("deleted", previous);
    return deleted;
  }

  /** The live object at a position and its state in the search index, if it has one. */
  indexedAt(position: number): { object: O; indexed: O } | undefined {
    const object = this.at(position);
    const row = this.#rows[position];
    const indexed = object && row && this.#isIndexed(row) ? object : row?.indexed;
    return object && indexed ? { object, indexed } : undefined;
  }

  /** A copy whose writes change neither this table nor emit events. */
  copy(): Table<O> {
    const { now, searchLag } = this.#settings;
    return new Table(this.#rows.map((row) => ({ ...row })), { now, searchLag, wrote() {} });
  }

  clear(): void {
    this.#rows.length = 0;
    this.#positions.clear();
  }

  #row(id: string): Row<O> | undefined {
    const position = this.#positions.get(id);
    return position === undefined ? undefined : this.#rows[position];
  }

  #write(object: O | Deleted): void {
    const row = this.#row(object.id)!;
    if (this.#isIndexed(row)) row.indexed = isDeleted(row.object) ? null : row.object;
    row.object = object;
    row.changed = this.#settings.now();
  }

  #isIndexed(row: Row<O>): boolean {
    return this.#settings.now() - row.changed >= this.#settings.searchLag;
  }
}

export const isDeleted = (object: object): object is Deleted => "deleted" in object;
