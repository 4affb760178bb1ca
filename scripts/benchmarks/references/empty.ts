/** The floor: what an answer costs in which there is nothing. */
export default { fetch: () => new Response(null) };
