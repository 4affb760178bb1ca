/** The parts of Stripe's address, as the SDK takes them. */
export function stripeAddress(url: string) {
  const { protocol, hostname, port } = new URL(url);
  return {
    protocol: protocol.slice(0, -1) as "http" | "https",
    host: hostname,
    port: port || (protocol === "https:" ? 443 : 80),
  };
}
