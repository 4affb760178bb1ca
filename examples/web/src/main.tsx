import "@fontsource-variable/inter";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { Identity } from "./identity.tsx";
import "./main.css";
import { Project } from "./project.tsx";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Identity>
      <Project>
        <App />
      </Project>
    </Identity>
  </StrictMode>,
);
