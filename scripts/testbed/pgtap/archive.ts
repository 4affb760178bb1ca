/** A file out of a `.tar.gz`: 512-byte blocks, a header before each file. https://www.gnu.org/software/tar/manual/html_node/Standard.html */
export async function readFromArchive(path: string, wanted: string): Promise<string> {
  const packed = await Deno.readFile(path);
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const text = (from: number, length: number) => new TextDecoder().decode(bytes.subarray(from, from + length));
  const field = (from: number, length: number) => text(from, length).split("\0", 1)[0] ?? "";

  for (let header = 0; header < bytes.length;) {
    const name = field(header, 100);
    const size = parseInt(field(header + 124, 12), 8) || 0;
    if (name === wanted) return text(header + 512, size);
    header += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`"${path}" has no "${wanted}"`);
}
