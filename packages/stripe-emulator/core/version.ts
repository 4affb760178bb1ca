/** The API version of all answers and events. */
export const API_VERSION = "2026-10-28.endive";
