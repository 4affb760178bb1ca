/** Whether only this machine can reach a URL. */
export function isLoopback(text: string): boolean {
  const host = URL.parse(text)?.hostname ?? "";
  return /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(host);
}
