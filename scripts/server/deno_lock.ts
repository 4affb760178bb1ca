/**
 * deno.lock of the container image, made of package-lock.json: the image has exactly the packages that the tests run on,
 * and Deno verifies their hashes when it downloads them.
 */
interface NpmLock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

type Dependencies = Readonly<Record<string, string>>;

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

interface DenoLock {
  readonly version: "5";
  readonly specifiers: Record<string, string>;
  readonly npm: Record<string, DenoPackage>;
  readonly workspace: { readonly dependencies: string[] };
}

interface DenoPackage {
  readonly integrity: string;
  readonly dependencies?: string[];
  readonly optionalDependencies?: string[];
}

/**
 * @param imports The import map of a deno.json.
 * @throws Error when package-lock.json lacks a package, or has one twice: the formats then differ
 */
export function denoLock(imports: Dependencies, { packages }: NpmLock): DenoLock {
  const npm: DenoLock["npm"] = {};
  const specifiers: DenoLock["specifiers"] = {};

  function find(name: string): LockedPackage & { version: string; integrity: string } {
    const { version, integrity, ...found } = packages[`node_modules/${name}`] ?? {};
    if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no "${name}"`);
    return { ...found, version, integrity };
  }

  function add(name: string): void {
    const { version, integrity, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = find(
      name,
    );
    const isRequired = (peer: string) => peerDependenciesMeta?.[peer]?.optional !== true;
    const peers = Object.keys(peerDependencies ?? {}).filter(isRequired).toSorted();
    // Deno names a package after its peers too.
    const id = [`${name}@${version}`, ...peers.map((peer) => `${peer}@${find(peer).version}`)].join("_");
    if (id in npm) return;
    const required = [...Object.keys(dependencies ?? {}), ...peers].toSorted();
    const optional = Object.keys(optionalDependencies ?? {}).toSorted();
    npm[id] = {
      integrity,
      ...required.length > 0 && { dependencies: required },
      ...optional.length > 0 && { optionalDependencies: optional },
    };
    for (const each of [...required, ...optional]) {
      if (packages[`node_modules/${name}/node_modules/${each}`] !== undefined) {
        throw new Error(`"${name}" has a "${each}" of its own in package-lock.json`);
      }
      add(each);
    }
  }

  for (const specifier of Object.values(imports)) {
    const [, name, wanted] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier) ?? [];
    if (name === undefined) continue;
    const { version } = find(name);
    if (version !== wanted) throw new Error(`deno.json has ${name}@${wanted}, package-lock.json ${version}`);
    specifiers[`npm:${name}@${wanted}`] = version;
    add(name);
  }
  const workspace = { dependencies: Object.keys(specifiers).toSorted() };
  return { version: "5", specifiers: sorted(specifiers), npm: sorted(npm), workspace };
}

const sorted = <Value>(object: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => a < b ? -1 : 1));
