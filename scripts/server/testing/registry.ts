/** A registry with the packages that npm installed here, so that a build needs no other network. */
import { createHash } from "node:crypto";
import { listen } from "../../lib/listen.ts";
import { ROOT } from "../../lib/paths.ts";

export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** The lock with the hashes of this registry's tarballs, which are packed again. */
  lock(text: string): string;
}

/** The name of a package in a deno.lock: `@scope/name@1.0.0`, with its peers behind it. */
export const nameOf = (id: string): string => id.slice(0, id.indexOf("@", 1));

/** @param names The packages, each in the version that is installed */
export async function serveRegistry(names: readonly string[], folder: string): Promise<Registry> {
  const packages = new Map<
    string,
    { tarball: Uint8Array<ArrayBuffer>; manifest: Record<string, unknown>; integrity: string }
  >();
  for (const name of names) {
    const installed = `${ROOT}/node_modules/${name}`;
    const place = Deno.makeTempDirSync({ dir: folder });
    Deno.symlinkSync(installed, `${place}/package`);
    // "-h" packs what the link names.
    const args = ["-chzf", `${place}.tgz`, "-C", place, "package"];
    const { success, stderr } = await new Deno.Command("tar", { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const tarball = Deno.readFileSync(`${place}.tgz`);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    packages.set(name, {
      tarball,
      integrity,
      manifest: JSON.parse(Deno.readTextFileSync(`${installed}/package.json`)),
    });
  }

  const server = listen(0, (request) => {
    const [, name = "", tgz] =
      /^\/((?:@[^/]+\/)?[^/]+)(\/-\/)?/.exec(decodeURIComponent(new URL(request.url).pathname)) ?? [];
    const found = packages.get(name);
    if (found === undefined) return Response.json({ error: "Not found" }, { status: 404 });
    if (tgz !== undefined) return new Response(found.tarball);
    const { version, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = found.manifest as
      & { version: string }
      & Record<string, unknown>;
    const dist = { tarball: `${server.url}/${name}/-/package.tgz`, integrity: found.integrity };
    return Response.json({
      name,
      "dist-tags": { latest: version },
      versions: {
        [version]: { name, version, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta, dist },
      },
    });
  });
  return {
    url: server.url,
    lock(text) {
      const lock = JSON.parse(text);
      for (const [id, locked] of Object.entries<{ integrity: string }>(lock.npm)) {
        locked.integrity = packages.get(nameOf(id))!.integrity;
      }
      return JSON.stringify(lock);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
