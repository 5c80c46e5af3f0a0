import texts from "virtual:texts/site";
import "../shared/tokens.css";
import { fill } from "../shared/fill.ts";

fill(texts);

for (const button of document.querySelectorAll("[data-chat]"))
  button.addEventListener("click", () =>
    document.querySelector<HTMLElement & { open(): void }>("frontdesk-chat")?.open(),
  );
