/**
 * The globals that `pg` reads. Deno gives them to npm packages and to no bundle, where every call would fail without
 * them. To be imported before the driver.
 */
// @ts-types="./node_buffer.d.ts"
import { Buffer } from "node:buffer";

Object.assign(globalThis, { Buffer, global: globalThis });
