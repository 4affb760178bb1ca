/** The way of a change from Stripe through the webhook to what the catalog answers. */
import { type Figures, type Row, rowOf } from "../report.ts";
import type { TestStack } from "../benchmark_stack.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Context } from "../context.ts";

export const CHANGES = "changes";

const NAME = "stripe-products";
/** Milliseconds between two looks. */
const PAUSE = 5;
/** Milliseconds after which something is wrong. */
const PATIENCE = 30_000;

export async function measureChanges({ sizes, startStack, progress }: Context, wanted: RowFilter): Promise<Row[]> {
  if (!wanted(CHANGES, NAME)) return [];
  progress("Changes at Stripe, until they are served");
  await using stack = await startStack("bench_changes", 20, ["product.updated"]);
  const rounds: Figures[] = [];
  await change(stack, "Before"); // what is started by its first call is there
  for (let round = 0; round < sizes.changes; round++) {
    rounds.push({ served_ms: await change(stack, `Changed ${round}`) });
  }
  return [rowOf(CHANGES, NAME, { "ours, with a webhook": rounds })];
}

/** Changes a name. @returns Milliseconds until the catalog has it. @throws Error when it never does */
async function change({ stripe, url, productIds }: TestStack, name: string): Promise<number> {
  const id = productIds[0]!;
  const response = await fetch(`${stripe.url}/v1/products/${id}`, {
    method: "POST",
    headers: { authorization: `Bearer ${stripe.key}` },
    body: new URLSearchParams({ name }),
  });
  if (!response.ok) throw new Error(`The local Stripe refused a change: ${await response.text()}`);
  await response.body?.cancel();
  const started = performance.now();
  while (performance.now() - started < PATIENCE) {
    const { data = [] } = await (await fetch(`${url}/functions/v1/${NAME}?limit=20`)).json();
    if (data.some((product: { id: string; name: string }) => product.id === id && product.name === name)) {
      return performance.now() - started;
    }
    await new Promise((resume) => setTimeout(resume, PAUSE));
  }
  throw new Error(`A change at Stripe did not come to the catalog within ${PATIENCE / 1_000} seconds`);
}
