/** Names for traces. */
import { type Bounds, isLiving } from "./bounds.ts";

export const objectName = (object: number): string => String.fromCharCode("A".charCodeAt(0) + object);

export const eventName = (index: number): string => index < 0 ? "none" : `event ${index + 1}`;

export const versionName = (bounds: Bounds, object: number, version: number): string =>
  isLiving(bounds, object, version) ? `version ${version}` : "nothing";
