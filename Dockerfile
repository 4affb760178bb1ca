# The plain server, without Node and without npm: docs/12-server.md. Deno has the version of package.json.
FROM denoland/deno:2.9.6

WORKDIR /app
COPY supabase/functions/ supabase/functions/

USER deno
RUN deno cache --frozen --lock=supabase/functions/_server/deno.lock \
    supabase/functions/_server/main.ts supabase/functions/*/index.ts

ENV HOST=0.0.0.0 PORT=8000 DENO_NO_UPDATE_CHECK=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["deno", "eval", "Deno.exit((await fetch(`http://127.0.0.1:${Deno.env.get('PORT')}/health`)).ok ? 0 : 1)"]

CMD ["deno", "run", "--frozen", "--lock=supabase/functions/_server/deno.lock", "--cached-only", "--no-code-cache", \
    "--no-prompt", "--allow-net", "--allow-env", "--allow-read", \
    "supabase/functions/_server/main.ts"]
