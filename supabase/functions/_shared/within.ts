/** The value, or undefined when it takes longer than these milliseconds. */
export async function within<Value>(milliseconds: number, value: Promise<Value>): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resume) => timer = setTimeout(() => resume(undefined), milliseconds));
  return await Promise.race([value, late]).finally(() => clearTimeout(timer));
}
