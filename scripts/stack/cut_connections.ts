/** Milliseconds for what was asked of a connection that is still alive to be answered. */
const GRACE = 2_000;

const underWay = new Set<() => void>();

/**
 * Keeps the process alive when PostgreSQL goes away, and whoever waits from waiting for ever: the driver then writes to
 * the socket that it has just given up, throws out of a timer, where nobody can catch it, and forgets the statement.
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
  // Which of them it concerns, nobody can say; whoever is alive answers in time.
  const waiting = [...underWay];
  setTimeout(() => waiting.forEach((giveUp) => giveUp()), GRACE);
}

/** What `work` answers, or `otherwise` when it was lost with its connection. */
export async function unlessCut<Answer>(work: Promise<Answer>, otherwise: () => Answer): Promise<Answer> {
  const { promise: lost, resolve } = Promise.withResolvers<Answer>();
  const giveUp = () => resolve(otherwise());
  underWay.add(giveUp);
  try {
    return await Promise.race([work, lost]);
  } finally {
    underWay.delete(giveUp);
  }
}
