/** The test bench, for the scripts' own tests. */
import type { TestStackFile, TestStackOptions } from "./stacks.ts";

const TESTBED_URL = Deno.env.get("TESTBED_URL");

export type TestStackHandle = TestStackFile & AsyncDisposable & {
  /** Calls a route of this stack at the bench. */
  bench(path: string, method?: "GET" | "POST"): Promise<Response>;
};

/** A stack of its own for one test. */
export async function createTestStack(wish: TestStackOptions = {}): Promise<TestStackHandle> {
  if (TESTBED_URL === undefined) throw new Error(`TESTBED_URL is missing: run this test by "npm test -- <path>"`);
  const response = await fetch(`${TESTBED_URL}/stacks`, { method: "POST", body: JSON.stringify(wish) });
  if (response.status !== 201) throw new Error(`The test bench makes no stack: ${await response.text()}`);
  const file: TestStackFile = await response.json();
  return {
    ...file,
    bench: (path, method = "GET") => fetch(`${TESTBED_URL}/stacks/${file.id}/${path}`, { method }),
    async [Symbol.asyncDispose]() {
      await fetch(`${TESTBED_URL}/stacks/${file.id}`, { method: "DELETE" });
    },
  };
}
