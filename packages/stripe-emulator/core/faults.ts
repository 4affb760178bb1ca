/** What goes wrong: before or after the request took effect. */
export type FaultKind = "429" | "500" | "500_after" | "drop" | "drop_after";

export interface Fault {
  method?: string;
  /** A path, or with `*` at its end the beginning of one. */
  path?: string;
  /** How many requests meet it. */
  times: number;
  latency_ms?: number;
  kind?: FaultKind;
  /** Seconds, for the `Retry-After` of a 429. */
  retry_after?: number;
}

/** The faults that wait for a request; each is spent by the requests that meet it. */
export class Faults {
  #waiting: Fault[] = [];

  add(fault: Fault): void {
    this.#waiting.push(fault);
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The oldest fault that fits a request. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.#waiting.find((waiting) => fits(waiting, method, path));
    if (fault && --fault.times === 0) this.#waiting.splice(this.#waiting.indexOf(fault), 1);
    return fault;
  }
}

function fits({ method, path }: Fault, requestMethod: string, requestPath: string): boolean {
  if (method !== undefined && method !== requestMethod) return false;
  if (path === undefined) return true;
  return path.endsWith("*") ? requestPath.startsWith(path.slice(0, -1)) : path === requestPath;
}

/** An answer that ends before it has come whole, at which the server breaks the connection. */
export function brokenConnection(): Response {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("{"));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "application/json", "content-length": "1000" } });
}

/** Waits as long as a fault says; the request is in progress meanwhile. */
export async function pause(fault: Fault | undefined): Promise<void> {
  if (fault?.latency_ms) await new Promise((resolve) => setTimeout(resolve, fault.latency_ms));
}
