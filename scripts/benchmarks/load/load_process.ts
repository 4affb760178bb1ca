/** The load generator: a separate process, so that its CPU time is not counted as the server's. Runs one job per request. */
import { LOOPBACK } from "../../lib/ports.ts";
import { runLoadJob } from "./run_load_job.ts";

Deno.serve(
  { hostname: LOOPBACK, port: 0, onListen: ({ port }) => console.log(`http://${LOOPBACK}:${port}`) },
  async (request) => {
    try {
      return Response.json(await runLoadJob(await request.json()));
    } catch (error) {
      return new Response((error as Error).message, { status: 500 });
    }
  },
);
