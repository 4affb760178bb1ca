import type { CallOptions } from "./call.ts";
import type { ChannelLike, SupabaseLike } from "./supabase_like.ts";

/** Times are milliseconds. */
export interface WatchOptions extends CallOptions {
  readonly for?: "user" | "organization";
  /** The time between two reads while Realtime does not report changes; 30,000 unless set. */
  readonly interval?: number;
  /** Receives the errors of reads. The next read is made all the same. */
  readonly onError?: (error: unknown) => void;
}

/** While Realtime reports changes: a grace ends, and a purchase is refunded, without one. */
const INTERVAL_WITH_REALTIME = 300_000;

/**
 * Reads now, after every change that Realtime reports, and at intervals. Calls back with what is new.
 *
 * @returns Ends it
 */
export function watch<State>(
  supabase: SupabaseLike,
  read: (options: { signal: AbortSignal }) => Promise<State>,
  callback: (state: State) => void,
  { signal: given, interval = 30_000, onError }: WatchOptions,
): () => void {
  const controller = new AbortController();
  const signal = given ? AbortSignal.any([given, controller.signal]) : controller.signal;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let known: string | undefined;
  let isReading = false;
  let isStale = false;
  let isReported = false;

  async function refresh() {
    isStale = true;
    if (isReading || signal.aborted) return;
    isReading = true;
    clearTimeout(timer);
    try {
      while (isStale && !signal.aborted) {
        isStale = false;
        const state = await read({ signal }).catch((error) => void (signal.aborted || onError?.(error)));
        if (state !== undefined) show(state);
      }
    } finally {
      isReading = false;
      if (!signal.aborted) timer = setTimeout(refresh, isReported ? INTERVAL_WITH_REALTIME : interval);
    }
  }

  function show(state: State) {
    const text = JSON.stringify(state);
    if (signal.aborted || text === known) return;
    known = text;
    callback(state);
  }

  const close = listen(supabase, refresh, (reports) => {
    isReported = reports;
    refresh();
  });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    close();
  }, { once: true });
  if (signal.aborted) close();
  refresh();
  return () => controller.abort();
}

/**
 * Listens to the changes of the caller's rows: row-level security hides all others.
 *
 * @param onStatus Receives whether changes are reported, when that changes.
 * @returns Ends it
 */
function listen(supabase: SupabaseLike, onChange: () => void, onStatus: (reports: boolean) => void): () => void {
  let channel: ChannelLike | undefined;
  const close = () => {
    const closed = channel;
    channel = undefined;
    if (closed) supabase.removeChannel?.(closed);
  };
  let reports = false;
  let hasJoined = false;

  try {
    channel = supabase.channel?.(`billing-${Math.random().toString(36).slice(2)}`, {
      // Otherwise it has joined before changes are reported, and also where they never are.
      config: { postgres_changes_options: { wait: true } },
    });
    channel?.on("postgres_changes", { event: "INSERT", schema: "public", table: "stripe_changes" }, onChange);
    channel?.subscribe((status) => {
      if (channel === undefined) return;
      const joined = status === "SUBSCRIBED";
      // One that never joined would try for ever. One that had joined joins again by itself.
      hasJoined ||= joined;
      if (!hasJoined && status !== "CLOSED") close();
      if (joined !== reports) onStatus(reports = joined);
    });
  } catch {
    // An environment without WebSocket: changes are polled.
    close();
  }
  return close;
}
