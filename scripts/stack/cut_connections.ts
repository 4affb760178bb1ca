/** Milliseconds in which a connection that is still open answers. */
const GRACE = 2_000;

const pending = new Set<() => void>();

/**
 * Keeps the process alive when PostgreSQL closes a connection. The driver then writes to the socket that it has released,
 * throws in a timer, where the error cannot be caught, and never settles the statement.
 */
export function surviveCutConnections(): void {
  globalThis.removeEventListener("error", ignoreDeadSocket);
  globalThis.addEventListener("error", ignoreDeadSocket);
}

function ignoreDeadSocket(event: ErrorEvent) {
  const { error } = event;
  if (!(error instanceof TypeError) || !/\bnextWrite\b.*\/postgres\/src\/connection\.js/.test(error.stack ?? "")) {
    return;
  }
  event.preventDefault();
  // The error does not say which statements are lost: those on an open connection answer in time.
  const waiting = [...pending];
  setTimeout(() => waiting.forEach((giveUp) => giveUp()), GRACE);
}

/** The result of `work`, or `otherwise` when it was lost with its connection. */
export async function unlessCut<Answer>(work: Promise<Answer>, otherwise: () => Answer): Promise<Answer> {
  const { promise: lost, resolve } = Promise.withResolvers<Answer>();
  const giveUp = () => resolve(otherwise());
  pending.add(giveUp);
  try {
    return await Promise.race([work, lost]);
  } finally {
    pending.delete(giveUp);
  }
}
