/** Whether a row is measured. */
export type RowFilter = (section: string, row: string) => boolean;

/** @param only Texts of which a row's section and name must contain one, such as "hot stripe-products"; empty: all. */
export const createRowFilter = (only: readonly string[]): RowFilter => (section, row) =>
  only.length === 0 || only.some((text) => `${section} ${row}`.includes(text));
