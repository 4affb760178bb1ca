/** Clerk's webhooks, which Svix delivers. https://clerk.com/docs/guides/development/webhooks/overview */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { newId } from "./state.ts";

export interface WebhookEndpoint {
  readonly url: string;
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  /** The types of the events that are sent; others are not. */
  readonly events: readonly string[];
}

/** A fault of the next deliveries. */
export interface DeliveryFault {
  /** The delivery never arrives and is not retried. */
  readonly lost?: boolean;
  /** The delivery arrives twice. */
  readonly doubled?: boolean;
  /** The delivery arrives later than those after it. */
  readonly delayed_ms?: number;
  /** The number of deliveries that the fault applies to; default 1. */
  readonly times?: number;
}

/** A message with its signed content, which is the same in every attempt. */
export interface Message {
  readonly id: string;
  readonly body: string;
}

/** Milliseconds until each further attempt. https://docs.svix.com/retries */
const RETRIES = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map((seconds) => seconds * 1_000);
/** The time limit of an endpoint, in milliseconds. */
const TIMEOUT = 15_000;
/** The messages that can be sent again; older ones are forgotten. */
const MOST_MESSAGES = 1_000;

/** The headers of a message. https://docs.svix.com/receiving/verifying-payloads/how-manual */
export function signedHeaders({ id, body }: Message, secret: string, time: number): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  return { "svix-id": id, "svix-timestamp": String(time), "svix-signature": `v1,${signature}` };
}

export class Webhooks {
  /** The milliseconds until each further attempt; after the last the message is given up. */
  retries: readonly number[] = RETRIES;
  readonly messages: Message[] = [];
  readonly counts = { sent: 0, delivered: 0, failed: 0, lost: 0, doubled: 0, delayed: 0 };
  #endpoint: WebhookEndpoint | undefined;
  #faults: { fault: DeliveryFault; times: number }[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #inProgress = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /** Sends events to this endpoint from now on. */
  register(endpoint: WebhookEndpoint): void {
    this.#endpoint = endpoint;
  }

  addFault(fault: DeliveryFault): void {
    this.#faults.push({ fault, times: fault.times ?? 1 });
  }

  /** Sets the counters to 0 and removes the faults and the changed retries. */
  reset(): void {
    this.#faults = [];
    this.retries = RETRIES;
    for (const name of Object.keys(this.counts) as (keyof typeof this.counts)[]) this.counts[name] = 0;
  }

  /** Sends an event, if the endpoint wants its type. */
  emit(instance_id: string, type: string, data: object): void {
    if (!this.#endpoint?.events.includes(type)) return;
    const event = {
      data,
      event_attributes: { http_request: { client_ip: "127.0.0.1", user_agent: "clerk-emulator" } },
      instance_id,
      object: "event",
      timestamp: Date.now(),
      type,
    };
    const message: Message = { id: newId("msg"), body: JSON.stringify(event) };
    this.messages.push(message);
    if (this.messages.length > MOST_MESSAGES) this.messages.shift();

    const { lost, doubled, delayed_ms } = this.#takeFault();
    if (lost) return void this.counts.lost++;
    if (doubled) {
      this.counts.doubled++;
      this.send(message);
    }
    if (delayed_ms !== undefined) this.counts.delayed++;
    this.#later(delayed_ms ?? 0, () => this.send(message));
  }

  /** Sends a message, with retries. */
  send(message: Message, attempt = 0): void {
    const running = this.#post(message).then((confirmed) => {
      this.counts[confirmed ? "delivered" : "failed"]++;
      const wait = this.retries[attempt];
      if (!confirmed && wait !== undefined) this.#later(wait, () => this.send(message, attempt + 1));
    }).finally(() => this.#inProgress.delete(running));
    this.#inProgress.add(running);
  }

  /** Aborts the deliveries in progress and sends nothing afterwards. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#inProgress);
  }

  #takeFault(): DeliveryFault {
    const [next] = this.#faults;
    if (next === undefined) return {};
    if (--next.times === 0) this.#faults.shift();
    return next.fault;
  }

  #later(milliseconds: number, work: () => void): void {
    if (this.#closing.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, milliseconds);
    this.#timers.add(timer);
  }

  /** @returns Whether the endpoint answered with a success */
  async #post(message: Message): Promise<boolean> {
    if (this.#endpoint === undefined) return true;
    const { url, secret } = this.#endpoint;
    this.counts.sent++;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "Svix-Webhooks/1.0",
          ...signedHeaders(message, secret, Math.floor(Date.now() / 1_000)),
        },
        body: message.body,
        redirect: "manual",
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT)]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false; // refused, aborted or slow
    }
  }
}
