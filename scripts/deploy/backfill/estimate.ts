/** Says how long a backfill takes from now on, from the part that is done after each batch. */
export type Estimate = (share?: number) => string | undefined;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * What was done before this command, or before the part was known, says nothing about the speed: the first part is where
 * the estimate begins.
 *
 * @param now Milliseconds.
 */
export function createEstimate(now = () => performance.now()): Estimate {
  let begun: { share: number; at: number } | undefined;
  let last = 0;
  return (share) => {
    if (share === undefined) return undefined;
    // Less than before: an older object was found since, so the part is one of more.
    if (begun === undefined || share < last) begun = { share, at: now() };
    last = share;
    const done = share - begun.share;
    return done > 0 ? describe((now() - begun.at) * (1 - share) / done) : undefined;
  };
}

function describe(milliseconds: number): string {
  if (milliseconds < MINUTE) return "less than a minute left in Stripe's lists";
  const [unit, size] = milliseconds < 2 * HOUR ? ["minutes", MINUTE] as const : ["hours", HOUR] as const;
  const count = Math.round(milliseconds / size);
  return `about ${count === 1 ? "a minute" : `${count} ${unit}`} left in Stripe's lists`;
}
