/** A page as a browser without scripts shows it. */
export interface Shown {
  status: number;
  html: string;
  /** The address that the page sends the browser to, if it does. */
  location: string | null;
}

async function shown(response: Response): Promise<Shown> {
  return { status: response.status, html: await response.text(), location: response.headers.get("location") };
}

export const visit = async (url: string): Promise<Shown> => shown(await fetch(url, { redirect: "manual" }));

/** Sends a page's form. */
export const send = async (url: string, fields: Record<string, string>): Promise<Shown> =>
  shown(await fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" }));

/** Where the form that has the button with a value sends its fields, seen from the page's address. */
export function targetOf({ html }: Shown, address: string, action: string): string {
  const form = html.match(/<form\b[^]*?<\/form>/g)?.find((one) => one.includes(`name="action" value="${action}"`));
  if (!form) throw new Error(`The page has no button ${action}`);
  return new URL(form.match(/^<form\b[^>]*\baction="([^"]*)"/)?.[1] ?? address, address).href;
}

/** Every field of a page has a label, and every page one heading and the local banner. */
export function isAccessible({ html }: Shown): boolean {
  const fields = html.match(/<input\b[^>]*>/g) ?? [];
  const labels = html.match(/<label>[^]*?<\/label>/g) ?? [];
  return html.includes('<html lang="en">') && html.includes("local emulator") &&
    html.match(/<h1>/g)?.length === 1 && !html.includes("<script") &&
    fields.every((field) => labels.some((label) => label.includes(field)));
}
