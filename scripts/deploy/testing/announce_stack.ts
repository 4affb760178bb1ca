import { remove, replaceFile } from "../../lib/files.ts";
import { lockFolder } from "../../lib/folder_lock.ts";
import { dataFolder } from "../../lib/paths.ts";
import { freePort } from "../../lib/ports.ts";
import type { TestStack } from "./test_stack.ts";

export interface AnnouncedStack extends Disposable {
  /** For `--port`. */
  readonly port: string;
}

/** Announces a test stack on a free port, as `npm start` does, so that commands find it with `--port`. */
export function announceStack(stack: TestStack, port: number = freePort()): AnnouncedStack {
  const unlock = lockFolder(port);
  replaceFile(`${dataFolder(port)}/stack.json`, JSON.stringify({ port, ...stack }));
  return {
    port: String(port),
    [Symbol.dispose]() {
      unlock();
      remove(dataFolder(port));
    },
  };
}
