/** What is used of a channel of Supabase Realtime. */
export interface ChannelLike {
  on(
    type: "postgres_changes",
    filter: { event: "INSERT"; schema: string; table: string },
    callback: () => void,
  ): ChannelLike;
  subscribe(callback: (status: string) => void): unknown;
}

/** What is used of a `SupabaseClient`, of any version 2. Without `channel`, changes are polled. */
export interface SupabaseLike {
  readonly functions: {
    invoke(
      name: string,
      options?: { method?: "GET" | "POST"; body?: Record<string, unknown>; signal?: AbortSignal },
    ): Promise<{ data: any; error: any }>;
  };
  channel?(name: string, options?: any): ChannelLike;
  removeChannel?(channel: any): unknown;
}
