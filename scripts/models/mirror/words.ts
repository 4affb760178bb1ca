/** Names for the story of a schedule. */
import { type Bounds, isAlive } from "./bounds.ts";

export const objectName = (object: number): string => String.fromCharCode("A".charCodeAt(0) + object);

export const eventName = (place: number): string => place < 0 ? "none" : `event ${place + 1}`;

export const versionName = (bounds: Bounds, object: number, version: number): string =>
  isAlive(bounds, object, version) ? `version ${version}` : "nothing";
