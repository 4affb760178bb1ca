/** What the server may do: Deno refuses the rest, such as to run programs and to write files. */
export const PERMISSIONS = [
  "--allow-net",
  "--allow-env",
  // The endpoints are imported by their names, and DATABASE_URL may name a certificate's file.
  "--allow-read",
];
