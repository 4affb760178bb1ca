/** The rows of every table in a README, as cells of text: the tests compare them with the code. */
export async function readTableRows(readme: URL): Promise<string[][]> {
  const lines = (await Deno.readTextFile(readme)).split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
}
