/** Gateways for the tests of use-cases, and time that passes at once. */

/** What was asked, in order: the name of the call and its arguments. */
export type Calls = [name: string, ...args: unknown[]][];

/** For each call its answers, one after another: an error is thrown, a function is asked. */
export type Answers = Readonly<Record<string, readonly unknown[]>>;

/** A gateway that gives these answers and remembers what it was asked; a call beyond them fails. */
export function scripted<Gateway extends object>(answers: Answers, calls: Calls): Gateway {
  const left = new Map(Object.entries(answers).map(([name, given]) => [name, [...given]]));
  return new Proxy({} as Gateway, {
    get: (_, name: string) => async (...args: unknown[]) => {
      calls.push([name, ...args]);
      if (!left.get(name)?.length) throw new Error(`Nobody expected another "${name}"`);
      const answer = left.get(name)!.shift();
      if (answer instanceof Error) throw answer;
      return await (typeof answer === "function" ? answer(...args) : answer);
    },
  });
}

let passed = 0;
for (const clock of [performance, Date]) {
  const realNow = clock.now.bind(clock);
  clock.now = () => realNow() + passed;
}

/** Lets what is remembered for a minute be forgotten. */
export function passTime(milliseconds = 3_600_000): void {
  passed += milliseconds;
}

/** Runs something whose pauses take no time. */
export async function withoutPauses<Result>(run: () => Promise<Result>): Promise<Result> {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((resume: () => void) => setTimeout(resume, 0)) as typeof setTimeout;
  try {
    return await run();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
