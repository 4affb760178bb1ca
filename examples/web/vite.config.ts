import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run web` names the local stack's web server, which answers for Clerk. With a real instance there is no proxy.
const clerk = process.env.CLERK_PROXY_TARGET;

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // From this repository. An application of its own installs the package, and needs neither this nor "paths".
  resolve: {
    alias: { "@clerk-stripe-supabase/client": new URL("../../packages/client/mod.ts", import.meta.url).pathname },
  },
  build: { chunkSizeWarningLimit: 800 },
  server: { strictPort: true, proxy: clerk ? { "/__clerk": clerk } : {} },
});
