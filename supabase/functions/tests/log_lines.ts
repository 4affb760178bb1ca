import type { Stack } from "./stack.ts";
import { until } from "./until.ts";

export type LogLine = Record<string, unknown>;

/** The JSON lines that a stack's functions logged, oldest first. */
export async function readLog(stack: Stack): Promise<LogLine[]> {
  const lines = (await stack.logs()).split("\n").map((line) => line.slice(line.indexOf(" | ") + 3));
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** The log lines of an answer's request. Waits for the first. */
export async function findLines(stack: Stack, { headers }: Response): Promise<LogLine[]> {
  const id = headers.get("x-request-id");
  return await until(async () => {
    const lines = (await readLog(stack)).filter(({ request_id }) => request_id === id);
    return lines.length > 0 && lines;
  }, `a log line with request id "${id}"`);
}

/** The one log line of an answer's request. */
export async function findLine(stack: Stack, response: Response): Promise<LogLine> {
  const [line] = await findLines(stack, response);
  return line!;
}

/** The reason of a refusal, which only the log has. */
export async function findReason(stack: Stack, response: Response): Promise<string> {
  const { cause } = await findLine(stack, response) as { cause?: { message?: string } };
  return cause?.message ?? "";
}
