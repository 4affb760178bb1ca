/** The kinds of faults; `_after` means after the request's effect. */
export type FaultKind = "429" | "500" | "500_after" | "drop" | "drop_after";

export interface Fault {
  method?: string;
  /** An exact path, or a prefix that ends with `*`. */
  path?: string;
  /** The number of requests that the fault applies to. */
  times: number;
  latency_ms?: number;
  kind?: FaultKind;
  /** Seconds, for the `Retry-After` of a 429. */
  retry_after?: number;
}

/** The waiting faults, oldest first. */
export class Faults {
  #waiting: Fault[] = [];

  add(fault: Fault): void {
    this.#waiting.push(fault);
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Takes the oldest fault that matches a request, and counts it. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.#waiting.find((waiting) => matches(waiting, method, path));
    if (fault && --fault.times === 0) this.#waiting.splice(this.#waiting.indexOf(fault), 1);
    return fault;
  }
}

function matches({ method, path }: Fault, requestMethod: string, requestPath: string): boolean {
  if (method !== undefined && method !== requestMethod) return false;
  if (path === undefined) return true;
  return path.endsWith("*") ? requestPath.startsWith(path.slice(0, -1)) : path === requestPath;
}

/** An answer whose body is shorter than its content-length, so that the server breaks the connection. */
export function brokenConnection(): Response {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("{"));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "application/json", "content-length": "1000" } });
}

/** Waits for the latency of a fault, with the request in progress. */
export async function pause(fault: Fault | undefined): Promise<void> {
  if (fault?.latency_ms) await new Promise((resolve) => setTimeout(resolve, fault.latency_ms));
}
