/** Milliseconds, far more than anything takes. */
const TIMEOUT = 30_000;

/**
 * Repeats a check until it returns a value.
 *
 * @param check Returns undefined or false until then.
 * @throws Error after 30 seconds without a value
 */
export async function until<Seen>(
  check: () => Seen | Promise<Seen>,
  what = String(check),
): Promise<Exclude<Seen, undefined | false>> {
  for (const end = Date.now() + TIMEOUT; Date.now() < end;) {
    const seen = await check();
    if (seen !== undefined && seen !== false) return seen as Exclude<Seen, undefined | false>;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error(`Still not, after ${TIMEOUT / 1_000} seconds: ${what}`);
}
