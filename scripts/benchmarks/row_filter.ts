/** Which rows are measured. */
export type RowFilter = (section: string, row: string) => boolean;

/** @param only What a row's section or name has to contain, "hot" or "hot stripe-products"; empty wants all. */
export const createRowFilter = (only: readonly string[]): RowFilter => (section, row) =>
  only.length === 0 || only.some((words) => `${section} ${row}`.includes(words));
