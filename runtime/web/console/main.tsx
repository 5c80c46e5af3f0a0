import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../shared/tokens.css";
import "../shared/base.css";
import "../shared/theme";
import "./console.css";
import { Console } from "./Console";
import { Desk } from "./desk";

const desk = new Desk();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Console desk={desk} />
    </StrictMode>,
  );
}
void desk.begin();
