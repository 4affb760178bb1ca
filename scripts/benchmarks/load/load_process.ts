/** The load generator: a process of its own, so that what it costs is not the server's. It takes a job at a time. */
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
