/** Minutes ago, in the largest fitting unit: `5 hours ago`. */
export function ago(minutes: number): string {
  if (minutes < 1) return "within the last minute";
  const [count, unit] = minutes < 120
    ? [minutes, "minute"]
    : minutes < 48 * 60
    ? [minutes / 60, "hour"]
    : [minutes / 60 / 24, "day"];
  const whole = Math.floor(count);
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}
