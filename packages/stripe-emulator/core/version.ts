/** The version of the API whose shapes this is. */
export const API_VERSION = "2026-10-28.endive";
