/** The lower bound: an empty answer. */
export default { fetch: () => new Response(null) };
