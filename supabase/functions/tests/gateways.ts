/** Scripted gateways for the tests of use cases, and a clock that tests can move. */

/** The calls in order: the name and the arguments of each. */
export type Calls = [name: string, ...args: unknown[]][];

/** The answers of each call, in order: an error is thrown, a function is called. */
export type Answers = Readonly<Record<string, readonly unknown[]>>;

/** A gateway that gives these answers and records its calls. A call without an answer left fails. */
export function scripted<Gateway extends object>(answers: Answers, calls: Calls): Gateway {
  const left = new Map(Object.entries(answers).map(([name, given]) => [name, [...given]]));
  return new Proxy({} as Gateway, {
    get: (_, name: string) => async (...args: unknown[]) => {
      calls.push([name, ...args]);
      if (!left.get(name)?.length) throw new Error(`Unexpected call of "${name}"`);
      const answer = left.get(name)!.shift();
      if (answer instanceof Error) throw answer;
      return await (typeof answer === "function" ? answer(...args) : answer);
    },
  });
}

let offset = 0;
for (const clock of [performance, Date]) {
  const realNow = clock.now.bind(clock);
  clock.now = () => realNow() + offset;
}

/** Moves the clock forward, so that cached values expire. */
export function passTime(milliseconds = 3_600_000): void {
  offset += milliseconds;
}

/** Runs a function whose timeouts elapse immediately. */
export async function withoutPauses<Result>(run: () => Promise<Result>): Promise<Result> {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((resume: () => void) => setTimeout(resume, 0)) as typeof setTimeout;
  try {
    return await run();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
