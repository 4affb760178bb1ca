/** package-lock.json, lockfile version 3. https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json */
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

export interface LockedPackage {
  version?: string;
  integrity?: string;
  cpu?: string[];
  dev?: boolean;
  libc?: string[];
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

/** An optional dependency that the lock names and does not contain. */
export interface Missing {
  /** The path of the package that depends on it. */
  readonly wantedBy: string;
  readonly name: string;
  readonly version: string;
}

/**
 * The optional packages that a lock lacks, usually those of other platforms: `npm ci` refuses such a lock, or installs
 * a tool without its binary.
 */
export function missingOptionals({ packages }: LockFile): Missing[] {
  return Object.entries(packages).flatMap(([wantedBy, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name, range]) => !isSatisfied(resolve(packages, wantedBy, name), range))
      .map(([name, version]) => ({ wantedBy, name, version }))
  );
}

/** Resolves a package as Node does: in the dependent's own node_modules, then outward. */
function resolve(packages: LockFile["packages"], wantedBy: string, name: string): LockedPackage | undefined {
  for (let folder = wantedBy;;) {
    const found = packages[`${folder}${folder === "" ? "" : "/"}node_modules/${name}`];
    if (found !== undefined || folder === "") return found;
    folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0));
  }
}

/** Only exact versions are compared. */
const isSatisfied = (found: LockedPackage | undefined, range: string) =>
  found !== undefined && (!/^\d/.test(range) || found.version === range);
