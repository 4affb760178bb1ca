/** Stops the clock at a time in milliseconds, until it is disposed of. Timers go on. */
export function freezeTime(time = 0) {
  const { now } = Date;
  Date.now = () => time;
  return { set: (milliseconds: number) => void (time = milliseconds), [Symbol.dispose]: () => void (Date.now = now) };
}
