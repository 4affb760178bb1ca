/** The steps of a protocol as switches: all on is the protocol, one off shows what that step is needed for. */
export type Switches<Name extends string> = Readonly<Record<Name, boolean>>;

export function allOn<Name extends string>(...groups: readonly Readonly<Partial<Record<Name, unknown>>>[]) {
  const names = groups.flatMap((group) => Object.keys(group)) as Name[];
  return Object.fromEntries(names.map((name) => [name, true])) as Switches<Name>;
}

/** A group's names, typed. */
export const namesOf = <Name extends string>(group: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(group) as Name[];
