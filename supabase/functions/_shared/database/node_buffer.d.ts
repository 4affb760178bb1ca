/** Of `node:buffer`, without @types/node, which the functions' packages do not include. */
export const Buffer: unknown;
