/** The assertions of the tests, under the names of Deno's `@std/assert`, so that the package needs no library for them. */
import { deepStrictEqual, match, notDeepStrictEqual, ok } from "node:assert/strict";

export function assert(value: unknown): asserts value {
  ok(value);
}

/** @param context Precedes the difference in the error message */
export function assertEquals<T>(actual: T, expected: T, context?: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    if (context === undefined || !(error instanceof Error)) throw error;
    throw new Error(`${context}: ${error.message}`);
  }
}

export const assertNotEquals = <T>(actual: T, expected: T): void => notDeepStrictEqual(actual, expected);

export const assertMatch = (actual: string, expected: RegExp): void => match(actual, expected);

export const assertStringIncludes = (actual: string, expected: string): void =>
  ok(actual.includes(expected), `"${actual}" does not include "${expected}"`);

export const assertArrayIncludes = <T>(actual: readonly T[], expected: readonly T[]): void =>
  ok(expected.every((item) => actual.includes(item)), `[${actual}] does not include [${expected}]`);

export async function assertRejects(run: () => Promise<unknown>): Promise<void> {
  let rejected = false;
  await run().catch(() => rejected = true);
  ok(rejected, "Expected a rejection");
}
