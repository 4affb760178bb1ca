/** The time from a change at Stripe, through the webhook, until the catalog returns it. */
import { type Figures, type Row, rowOf } from "../report.ts";
import type { BenchmarkStack } from "../benchmark_stack.ts";
import type { RowFilter } from "../row_filter.ts";
import type { BenchmarkContext } from "../context.ts";

export const CHANGES = "changes";

const NAME = "stripe-products";
/** Milliseconds between two requests. */
const PAUSE_MS = 5;
/** Milliseconds after which the measurement fails. */
const TIMEOUT_MS = 30_000;

export async function measureChanges(
  { sizes, startStack, progress }: BenchmarkContext,
  includes: RowFilter,
): Promise<Row[]> {
  if (!includes(CHANGES, NAME)) return [];
  progress("Changes at Stripe, until they are served");
  await using stack = await startStack("benchmark_changes", 20, ["product.updated"]);
  const rounds: Figures[] = [];
  await change(stack, "Before"); // The first call starts the function.
  for (let round = 0; round < sizes.changes; round++) {
    rounds.push({ served_ms: await change(stack, `Changed ${round}`) });
  }
  return [rowOf(CHANGES, NAME, { "ours, with a webhook": rounds })];
}

/** Changes a product's name. @returns Milliseconds until the catalog returns it. @throws Error after the timeout */
async function change({ stripe, url, productIds }: BenchmarkStack, name: string): Promise<number> {
  const id = productIds[0]!;
  const response = await fetch(`${stripe.url}/v1/products/${id}`, {
    method: "POST",
    headers: { authorization: `Bearer ${stripe.key}` },
    body: new URLSearchParams({ name }),
  });
  if (!response.ok) throw new Error(`The Stripe emulator rejected a change: ${await response.text()}`);
  await response.body?.cancel();
  const started = performance.now();
  while (performance.now() - started < TIMEOUT_MS) {
    const { data = [] } = await (await fetch(`${url}/functions/v1/${NAME}?limit=20`)).json();
    if (data.some((product: { id: string; name: string }) => product.id === id && product.name === name)) {
      return performance.now() - started;
    }
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
  }
  throw new Error(`The catalog did not return a change at Stripe within ${TIMEOUT_MS / 1_000} seconds`);
}
