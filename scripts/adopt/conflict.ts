/** Something that has to be decided before anything may be written. */
export interface Conflict {
  /** A path in the project, or a name in its configuration or its database. */
  readonly subject: string;
  readonly reason: string;
  readonly advice: string;
}
