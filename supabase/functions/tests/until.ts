/** Milliseconds: far more than anything takes. */
const PATIENCE = 30_000;

/**
 * Looks again and again until there is something, which others bring about.
 *
 * @param look Undefined and false are nothing yet.
 * @throws Error after a long while without
 */
export async function until<Seen>(
  look: () => Seen | Promise<Seen>,
  what = String(look),
): Promise<Exclude<Seen, undefined | false>> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<Seen, undefined | false>;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error(`Still not, after ${PATIENCE / 1_000} seconds: ${what}`);
}
