import type { Store } from "../../core/store.ts";

/** Limits a function to one run for each second of the account's clock. */
export function everySecond(run: (store: Store) => void): (store: Store) => void {
  const last = new WeakMap<Store, number>();
  return (store) => {
    if (last.get(store) === store.time()) return;
    run(store);
    last.set(store, store.time());
  };
}
