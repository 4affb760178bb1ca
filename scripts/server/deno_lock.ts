/**
 * deno.lock of the container image, made of package-lock.json: the image has exactly the packages that the tests run on,
 * and Deno verifies their hashes when it downloads them.
 */
interface NpmLock {
  readonly packages: Readonly<
    Record<string, {
      readonly version?: string;
      readonly integrity?: string;
      readonly dependencies?: Readonly<Record<string, string>>;
    }>
  >;
}

interface DenoLock {
  readonly version: "5";
  readonly specifiers: Record<string, string>;
  readonly npm: Record<string, { readonly integrity: string; readonly dependencies?: string[] }>;
  readonly workspace: { readonly dependencies: string[] };
}

/**
 * @param imports The import map of a deno.json.
 * @throws Error when package-lock.json lacks a package, or nests one: the formats then differ
 */
export function denoLock(imports: Readonly<Record<string, string>>, { packages }: NpmLock): DenoLock {
  const npm: DenoLock["npm"] = {};
  const specifiers: DenoLock["specifiers"] = {};

  function add(name: string): string {
    const { version, integrity, dependencies = {} } = packages[`node_modules/${name}`] ?? {};
    if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no "${name}"`);
    const id = `${name}@${version}`;
    if (id in npm) return version;
    const names = Object.keys(dependencies).toSorted();
    const nested = names.find((each) => packages[`node_modules/${name}/node_modules/${each}`] !== undefined);
    if (nested !== undefined) throw new Error(`"${name}" has a "${nested}" of its own in package-lock.json`);
    npm[id] = { integrity, ...names.length > 0 && { dependencies: names } };
    names.forEach(add);
    return version;
  }
  for (const specifier of Object.values(imports)) {
    const [, name, wanted] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier) ?? [];
    if (name === undefined) continue;
    const version = add(name);
    if (version !== wanted) throw new Error(`deno.json has ${name}@${wanted}, package-lock.json ${version}`);
    specifiers[`npm:${name}@${wanted}`] = version;
  }
  const workspace = { dependencies: Object.keys(specifiers).toSorted() };
  return { version: "5", specifiers: sorted(specifiers), npm: sorted(npm), workspace };
}

const sorted = <Value>(object: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => a < b ? -1 : 1));
