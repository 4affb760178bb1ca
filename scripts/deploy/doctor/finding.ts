/** The result of one check. */
export interface Finding {
  /** `note`: not wrong, or not checked, but worth knowing. */
  readonly state: "ok" | "note" | "wrong";
  readonly what: string;
  /** The next step for the operator; every wrong finding has one. */
  readonly next?: string;
}

export const ok = (what: string): Finding => ({ state: "ok", what });
export const note = (what: string, next?: string): Finding => ({ state: "note", what, next });
export const wrong = (what: string, next: string): Finding => ({ state: "wrong", what, next });
