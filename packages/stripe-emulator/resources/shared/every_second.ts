import type { Store } from "../../core/store.ts";

/** Runs something only where the account's clock shows another second than when it was run last. */
export function everySecond(run: (store: Store) => void): (store: Store) => void {
  const last = new WeakMap<Store, number>();
  return (store) => {
    if (last.get(store) === store.time()) return;
    run(store);
    last.set(store, store.time());
  };
}
