/** One thing that was looked at. */
export interface Finding {
  /** `note`: not wrong, or not looked at, and worth knowing. */
  readonly state: "ok" | "note" | "wrong";
  readonly what: string;
  /** What to do next; every finding that is wrong has it. */
  readonly next?: string;
}

export const ok = (what: string): Finding => ({ state: "ok", what });
export const note = (what: string, next?: string): Finding => ({ state: "note", what, next });
export const wrong = (what: string, next: string): Finding => ({ state: "wrong", what, next });
