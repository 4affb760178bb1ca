const SERVICES = {
  catalog: [],
  clerk: ["CLERK_SECRET_KEY", "CLERK_JWT_KEY"],
  database: ["SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"],
  origins: ["ALLOWED_ORIGINS"],
  stripe: ["STRIPE_SECRET_KEY"],
};

export default {
  fetch(): Response {
    const configured = Object.entries(SERVICES)
      .map(([service, variables]) => [service, variables.every((name) => Deno.env.get(name))]);
    return Response.json({ status: "ok", configured: Object.fromEntries(configured) }, {
      headers: { "Access-Control-Allow-Origin": "*" },
    });
  },
};
