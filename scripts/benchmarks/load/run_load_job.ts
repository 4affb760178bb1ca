import { Connection } from "./connection.ts";
import type { LoadJob, LoadResult, RequestSpec } from "./load_job.ts";

const text = new TextEncoder();
/** Up to this many different requests are prepared in advance; more are created when they are sent. */
const PREPARED = 1_000;

/** Sends a job's requests. @throws Error on the first answer with an unexpected status */
export async function runLoadJob({ requests, url, concurrency, first, count, seconds }: LoadJob): Promise<LoadResult> {
  const request = requestsOf(requests, new URL(url).host);
  const connections = await Promise.all(Array.from({ length: concurrency }, () => Connection.open(url)));
  const took: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1_000;
  let next = 0;

  async function work(connection: Connection) {
    for (let begun = started; next < count && begun < deadline;) {
      const { status, body } = await connection.send(request(first + next++));
      if (status !== requests.status) {
        throw new Error(`${requests.method} ${requests.paths[0]} answered ${status}: ${body()}`);
      }
      const answered = performance.now();
      took.push(answered - begun);
      begun = answered;
    }
  }
  try {
    await Promise.all(connections.map(work));
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
  const ended = performance.now();
  const sorted = Float64Array.from(took).sort();
  const percentile = (percent: number) => sorted[Math.ceil(sorted.length * percent / 100) - 1] ?? 0;
  return { count: took.length, seconds: (ended - started) / 1_000, p50: percentile(50), p95: percentile(95) };
}

/** @returns The request with a given number. */
function requestsOf(
  { method, paths, tokens, body: json, events = [] }: RequestSpec,
  host: string,
): (number: number) => Uint8Array {
  const origin = "http://localhost:3000";
  const make = (number: number) => {
    const token = tokens.length === 0 ? "" : `authorization: Bearer ${tokens[number % tokens.length]}\r\n`;
    const path = paths[number % paths.length];
    const event = events[number % Math.max(events.length, 1)];
    const body = event?.body ?? json ?? "";
    const signature = event === undefined ? "" : `stripe-signature: ${event.signature}\r\n`;
    const type = json === undefined ? "" : "content-type: application/json\r\n";
    const tail = method === "POST" ? `${type}content-length: ${text.encode(body).length}\r\n\r\n${body}` : "\r\n";
    return text.encode(
      `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\naccept: */*\r\n${token}${signature}${tail}`,
    );
  };
  const different = paths.length * Math.max(tokens.length, 1) * Math.max(events.length, 1);
  if (different > PREPARED) return make;
  const prepared = Array.from({ length: different }, (_, number) => make(number));
  return (number) => prepared[number % different]!;
}
