/**
 * Keeps the process alive when PostgreSQL goes away: the driver then writes to the socket that it has just given up, and
 * throws out of a timer, where nobody can catch it. The statement concerned has failed already, as it should.
 */
export function surviveCutConnections(): void {
  globalThis.removeEventListener("error", ignoreDeadSocket);
  globalThis.addEventListener("error", ignoreDeadSocket);
}

function ignoreDeadSocket(event: ErrorEvent) {
  const { error } = event;
  if (error instanceof TypeError && /\bnextWrite\b.*\/postgres\/src\/connection\.js/.test(error.stack ?? "")) {
    event.preventDefault();
  }
}
