import { AppError } from "../errors.ts";
import { within } from "../within.ts";
import { isConflict } from "./errors.ts";

interface Waiting<Item, Answer> {
  readonly item: Item;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Of one call. */
const MAX_ITEMS = 50;
/** Milliseconds for which a call holds up the next: a row that another transaction has locked must not stop all events. */
const HOLD_UP = 100;
/** Milliseconds for which a call of a burst waits for items. */
const WAIT = 1;

/**
 * Batches calls: one for the items that come up while the last is being answered, so an item that comes alone waits for
 * nothing. In a burst a call waits for as many items as the last two had on average: otherwise a call of one item and a
 * call of all others would alternate, and a call costs more than an item. A call that fails is repeated for each item
 * alone, because one may be the reason; not while the database is unavailable, which is so for all of them, but when
 * another transaction was in the way.
 *
 * @param call Answers each item, in their order.
 */
export function batched<Item, Answer>(
  call: (items: Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const waiting: Waiting<Item, Answer>[] = [];
  let isCalling = false;
  let sizes: readonly [number, number] = [1, 1];
  let expected = 1;
  let begin = () => {};

  async function settle(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await call(batch.map(({ item }) => item));
      for (const [place, { resolve }] of batch.entries()) resolve(answers[place]!);
    } catch (error) {
      if (batch.length > 1 && !isUnavailable(error)) {
        for (const one of batch) await settle([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  async function callForAll(): Promise<void> {
    while (waiting.length > 0) {
      expected = Math.ceil((sizes[0] + sizes[1]) / 2);
      if (waiting.length < expected) await within(WAIT, new Promise<void>((resolve) => begin = resolve));
      const batch = waiting.splice(0, MAX_ITEMS);
      sizes = [sizes[1], batch.length];
      await within(HOLD_UP, settle(batch));
    }
    isCalling = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length === expected) begin();
      if (isCalling) return;
      isCalling = true;
      // After what comes up in the same moment.
      queueMicrotask(callForAll);
    });
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof AppError && error.code === "database_unavailable" && !isConflict(error);
