/**
 * Carries out a Dockerfile without Docker: its COPY and RUN lines in a folder that stands for the image's file system,
 * with this Deno. The base image and the user cannot be had so; dockerfile_test.ts checks their lines.
 * https://docs.docker.com/reference/dockerfile/
 */
import { DockerfileParser, type Instruction, type PropertyInstruction } from "dockerfile-ast";
import { posix } from "node:path";

export interface ImageOptions {
  /** The folder that is built from. */
  readonly context: string;
  /** Files that are taken in place of those of the context. */
  readonly replaced: Readonly<Record<string, string>>;
  /** An empty folder for the image. */
  readonly folder: string;
  /** Variables of the base image. The registry is one: Deno keeps what it downloads under its name. */
  readonly base: Readonly<Record<string, string>>;
}

export interface Image {
  readonly from: string;
  readonly user: string;
  readonly exposed: readonly string[];
  /** The copied files, as paths in the context. */
  readonly files: readonly string[];
  /** What a container runs, and what tells whether it is healthy. */
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  /** A command in a container of the image. */
  container(command: readonly string[], env: Readonly<Record<string, string>>): Deno.Command;
}

/** @throws Error when a line fails, or is one that this does not know */
export async function buildImage(
  dockerfile: string,
  { context, replaced, folder, base }: ImageOptions,
): Promise<Image> {
  const isIgnored = readIgnored(Deno.readTextFileSync(`${context}/.dockerignore`));
  const image = { from: "", user: "root", exposed: [] as string[], files: [] as string[] };
  let variables: Record<string, string> = {};
  let workdir = "/";
  let command: string[] = [];
  let healthcheck: string[] = [];
  Deno.mkdirSync(`${folder}/bin`);
  Deno.symlinkSync(Deno.execPath(), `${folder}/bin/deno`);

  const run = ([program = "", ...args]: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    new Deno.Command(program, {
      args,
      cwd: folder + workdir,
      clearEnv: true,
      // As the base image sets them.
      env: {
        PATH: `${folder}/bin:/usr/bin:/bin`,
        HOME: folder,
        DENO_DIR: `${folder}/deno-dir`,
        NO_COLOR: "1",
        ...base,
        ...variables,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });

  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const args = instruction.getArguments().map((argument) => argument.getValue());
    switch (instruction.getKeyword()) {
      case "FROM":
        image.from = args.join(" ");
        break;
      case "WORKDIR":
        workdir = posix.resolve(workdir, args[0]!);
        Deno.mkdirSync(folder + workdir, { recursive: true });
        break;
      case "COPY":
        image.files.push(...copy(args, `${folder}${workdir}`));
        break;
      case "USER":
        image.user = args[0]!;
        break;
      case "ENV":
        variables = { ...variables, ...propertiesOf(instruction) };
        break;
      case "EXPOSE":
        image.exposed.push(...args);
        break;
      case "RUN": {
        const { success, stderr } = await run(["sh", "-c", shellOf(instruction)]).output();
        if (!success) throw new Error(`RUN failed: ${new TextDecoder().decode(stderr)}`);
        break;
      }
      case "HEALTHCHECK":
        healthcheck = execOf(instruction);
        break;
      case "CMD":
        command = execOf(instruction);
        break;
      default:
        throw new Error(`Unknown instruction "${instruction.getInstruction()}"`);
    }
  }
  return { ...image, command, healthcheck, container: run };

  /** Copies a folder of the context. @returns The copied files */
  function copy([from = "", to = "", ...rest]: readonly string[], target: string): string[] {
    if (rest.length > 0 || !from.endsWith("/") || !to.endsWith("/")) throw new Error(`COPY takes two folders here`);
    const files = [...filesIn(context, from.slice(0, -1))].filter((path) => !isIgnored(path));
    for (const path of files) {
      const file = `${target}/${to}${path.slice(from.length)}`;
      Deno.mkdirSync(posix.dirname(file), { recursive: true });
      if (replaced[path] === undefined) Deno.copyFileSync(`${context}/${path}`, file);
      else Deno.writeTextFileSync(file, replaced[path]);
    }
    return files;
  }
}

function* filesIn(root: string, folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${folder}`)) {
    if (isDirectory) yield* filesIn(root, `${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

const shellOf = (instruction: Instruction): string => instruction.getArgumentsContent()!.replaceAll(/\\\n/g, " ");

/** The list of a CMD, also of that of a HEALTHCHECK. */
function execOf(instruction: Instruction): string[] {
  const text = shellOf(instruction);
  return JSON.parse(text.slice(text.indexOf("[")));
}

const propertiesOf = (instruction: Instruction): Record<string, string> =>
  Object.fromEntries(
    (instruction as PropertyInstruction).getProperties().map((each) => [each.getName(), each.getValue()!]),
  );

/** The last pattern that fits a path or one of its folders decides. https://docs.docker.com/build/concepts/context/ */
export function readIgnored(text: string): (path: string) => boolean {
  const patterns = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => ({
    ignores: !line.startsWith("!"),
    pattern: new RegExp(
      `^${
        line.replace(/^!/, "").replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("**/", "(?:.*/)").replaceAll(
          /(?<!\.)\*/g,
          "[^/]*",
        ).replaceAll("(?:.*/)", "(?:.*/)?")
      }(/|$)`,
    ),
  }));
  return (path) => patterns.findLast(({ pattern }) => pattern.test(path))?.ignores ?? false;
}
