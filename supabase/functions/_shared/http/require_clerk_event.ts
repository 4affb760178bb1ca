import { type ClerkEvent, readSignedEvent } from "../clerk/webhook_signature.ts";
import { readText } from "./read_text.ts";
import type { Caller } from "./serve.ts";

/** Bytes: a user with all its metadata has less than half of it. */
const MAX_BYTES = 262_144;

export interface ClerkSender extends Caller {
  readonly event: ClerkEvent;
}

/** Guard for events that Clerk signed. It reads the body, so the endpoint has no other input. */
export async function requireClerkEvent(request: Request): Promise<ClerkSender> {
  const event = await readSignedEvent(await readText(request, MAX_BYTES), request.headers);
  return { id: event.id, event };
}
