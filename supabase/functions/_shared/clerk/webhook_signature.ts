import { verifyWebhook } from "@clerk/backend/webhooks";
import { CLERK_EVENTS, type ClerkKind } from "../contract/clerk_events.ts";
import { isName } from "../contract/stripe_events.ts";
import { clerkWebhookSecrets } from "../env.ts";
import { AppError } from "../errors.ts";

/** What is used of an event that Clerk signed. */
export interface ClerkEvent {
  /** The id of Svix's message, the same in every delivery of the event. */
  readonly id: string;
  readonly type: string;
  /** The user or organization; undefined for an event of another type. */
  readonly owner?: { readonly object: ClerkKind; readonly object_id: string };
  /** Clerk's `ins_…`. */
  readonly instance_id?: string;
  /** Unix seconds. */
  readonly created: number;
}

const HEADERS = ["svix-id", "svix-timestamp", "svix-signature"];
const OWNER_IDS: Record<ClerkKind, RegExp> = {
  "clerk.user": /^user_\w{1,250}$/,
  "clerk.organization": /^org_\w{1,250}$/,
};

/**
 * The event that Clerk signed with one of the endpoint's secrets, at most five minutes ago.
 * https://clerk.com/docs/reference/backend/verify-webhook
 *
 * @param body The bytes as they were received, as text.
 * @throws AppError `invalid_signature`, `invalid_request` for a signed body that is not an event, `not_configured`
 */
export async function readSignedEvent(body: string, headers: Headers): Promise<ClerkEvent> {
  let refusal: unknown;
  for (const signingSecret of clerkWebhookSecrets()) {
    // It takes one secret, and reads the body of the request that it is given.
    const signed = new Request("https://clerk.invalid", { method: "POST", body, headers: svixHeaders(headers) });
    try {
      return checkedEvent(await verifyWebhook(signed, { signingSecret }), headers.get("svix-id")!.trim());
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      refusal = cause;
    }
  }
  throw AppError.invalidSignature(
    "The signature matches no secret of CLERK_WEBHOOK_SIGNING_SECRET, or is too old",
    refusal,
  );
}

const svixHeaders = (headers: Headers): [string, string][] =>
  HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });

/** Checks the fields that are used later: the types of the SDK describe what Clerk sends, not what was signed. */
function checkedEvent(event: unknown, id: string): ClerkEvent {
  const { type, data, timestamp, instance_id } = event as Record<string, unknown>;
  const object = typeof type === "string" && Object.hasOwn(CLERK_EVENTS, type) ? CLERK_EVENTS[type] : undefined;
  const object_id = (data as { id?: unknown } | null | undefined)?.id;
  const isEvent = isName(id) && isName(type) && isName(instance_id ?? "none") &&
    (object === undefined || typeof object_id === "string" && OWNER_IDS[object].test(object_id));
  if (!isEvent) throw AppError.invalidRequest([{ field: "", message: "Send a Clerk event" }]);
  const milliseconds = Number.isSafeInteger(timestamp) ? timestamp as number : Date.now();
  return {
    id,
    type,
    created: Math.floor(milliseconds / 1_000),
    ...object !== undefined && { owner: { object, object_id: object_id as string } },
    ...instance_id !== undefined && { instance_id: instance_id as string },
  };
}
