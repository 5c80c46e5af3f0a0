// The telephone of `frontdesk simulate`: shows what both sides wrote. Texts come with the page; what
// people write is only ever set as text.
"use strict";

const texts = JSON.parse(document.body.dataset.texts);
const log = document.getElementById("log");
const form = document.getElementById("write");
const number = document.getElementById("number");
const words = document.getElementById("words");
const problem = document.getElementById("problem");
const EVERY = 700; // milliseconds
let drawn = "";

function bubble(message) {
  const item = document.createElement("li");
  item.className = message.mine ? "mine" : "desk";
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = message.mine ? texts.you : texts.desk;
  const text = document.createElement("p");
  text.dir = "auto";
  text.textContent = message.text;
  const status = document.createElement("small");
  status.textContent = texts[message.status] ?? message.status;
  item.append(who, text, status);
  return item;
}

function draw(messages) {
  const now = JSON.stringify(messages);
  if (now === drawn) return;
  drawn = now;
  log.replaceChildren(...messages.map(bubble));
  if (messages.length === 0) {
    const empty = document.createElement("li");
    empty.className = "empty";
    empty.textContent = texts.empty;
    log.append(empty);
  }
  log.lastElementChild.scrollIntoView({ block: "end" });
}

async function look() {
  try {
    const answer = await fetch(`/talk?number=${encodeURIComponent(number.value.trim())}`);
    if (answer.ok) draw(await answer.json());
  } catch {
    // the simulator was stopped: what is drawn stays
  }
}

async function write(event) {
  event.preventDefault();
  const text = words.value;
  if (text.trim() === "") return;
  problem.textContent = "";
  words.value = "";
  try {
    const answer = await fetch("/write", {
      method: "POST",
      headers: { "content-type": "application/json", "x-frontdesk": "1" },
      body: JSON.stringify({ number: number.value.trim(), text }),
    });
    const { status } = await answer.json();
    if (status !== 200) problem.textContent = status === 0 ? texts.away : texts.refused.replace("{status}", status);
  } catch {
    problem.textContent = texts.away;
  }
  await look();
}

form.addEventListener("submit", write);
number.addEventListener("change", look);
words.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
setInterval(() => document.visibilityState === "visible" && look(), EVERY);
look();
