/** The frames as examples; what each field means stands in the catalogue under the frame's and the field's name. */

export interface Frame {
  name: string;
  example: object;
  /** Fields with an explanation of their own, in order. */
  fields: string[];
}

const AT = "2026-03-11T10:03:20Z";

export const SEND: Frame[] = [
  {
    name: "hello",
    fields: ["channel", "token", "last", "language", "time_zone", "page"],
    example: {
      type: "hello",
      channel: "site",
      token: null,
      last: 0,
      language: "fr",
      time_zone: "Europe/Paris",
      page: "https://shop.example/",
    },
  },
  {
    name: "send",
    fields: ["id", "text", "reply", "at"],
    example: { type: "send", id: "7d0c…", reply: { to: "m41", choose: "too_small" }, at: AT },
  },
  { name: "typing", fields: [], example: { type: "typing" } },
  { name: "seen", fields: ["id"], example: { type: "seen", id: 118 } },
  { name: "end", fields: ["id"], example: { type: "end", id: "91ab…" } },
  { name: "ping", fields: [], example: { type: "ping" } },
];

export const RECEIVE: Frame[] = [
  {
    name: "welcome",
    fields: ["token", "last", "limits", "owner"],
    example: {
      type: "welcome",
      token: "SECRET",
      user: "site:ab12",
      last: 118,
      name: "Example shop",
      languages: ["en"],
      limits: { text: 4000, per_minute: 20 },
      owner: { kind: "bot", name: "Shop assistant" },
      oldest: false,
    },
  },
  {
    name: "inbound",
    fields: ["message", "client", "reply"],
    example: {
      type: "event",
      id: 121,
      kind: "inbound",
      at: AT,
      message: "m42",
      client: "7d0c…",
      text: "Too small",
      reply: { to: "m41", choose: "too_small", label: "Too small" },
    },
  },
  {
    name: "outbound",
    fields: ["message", "component", "author"],
    example: {
      type: "event",
      id: 124,
      kind: "outbound",
      at: AT,
      message: "m43",
      text: "Which day shall we pick it up?",
      component: { kind: "date_picker", "…": "…" },
      author: { kind: "bot", name: "Shop assistant" },
    },
  },
  {
    name: "answered",
    fields: ["message", "label"],
    example: { type: "event", id: 122, kind: "answered", message: "m41", label: "Too small", choose: "too_small" },
  },
  {
    name: "owner",
    fields: ["owner"],
    example: { type: "event", id: 130, kind: "owner", at: AT, owner: { kind: "rep", name: "Mia" } },
  },
  {
    name: "session",
    fields: ["status", "by"],
    example: { type: "event", id: 140, kind: "session", at: AT, status: "ended", by: "rep" },
  },
  { name: "ack", fields: ["id"], example: { type: "ack", id: "7d0c…" } },
  {
    name: "refused",
    fields: ["code", "text"],
    example: { type: "refused", id: "7d0c…", code: "too_fast", text: "Please wait a moment." },
  },
  { name: "typing", fields: ["on"], example: { type: "typing", author: { kind: "rep", name: "Mia" }, on: true } },
  {
    name: "draft",
    fields: ["text", "id"],
    example: { type: "draft", id: "6f2e…", author: { kind: "bot", name: "Concierge" }, text: "Your order is on" },
  },
  { name: "queue", fields: ["position"], example: { type: "queue", position: 2, waiting: 3 } },
  { name: "reset", fields: [], example: { type: "reset" } },
  { name: "pong", fields: [], example: { type: "pong" } },
  { name: "bye", fields: ["code"], example: { type: "bye", code: "restart" } },
];

export const COMPONENTS: Frame[] = [
  {
    name: "choices",
    fields: ["options", "extra"],
    example: {
      name: "return_reason",
      kind: "choices",
      text: "Why are you sending it back?",
      options: [{ id: "too_small", label: "Too small" }],
      multiple: false,
    },
  },
  {
    name: "date_picker",
    fields: ["min", "suggestions"],
    example: {
      name: "pickup_date",
      kind: "date_picker",
      min: "2026-03-12",
      max: "2026-04-11",
      excluded: ["2026-03-15"],
      suggestions: [{ id: "2026-03-12", label: "Thu 12 Mar" }],
    },
  },
  {
    name: "number",
    fields: ["min", "hint", "suggestions"],
    example: {
      name: "guests",
      kind: "number",
      min: 1,
      max: 12,
      step: 1,
      unit: "",
      hint: "Reply with a number from 1 to 12.",
      suggestions: [{ id: "2", label: "2" }],
    },
  },
  {
    name: "rating",
    fields: ["options", "style", "low"],
    example: {
      name: "csat",
      kind: "rating",
      style: "stars",
      options: [
        { id: "1", label: "1 – Very poor", sign: "★" },
        { id: "2", label: "2 – Poor", sign: "★" },
      ],
      low: "Very poor",
      high: "Very good",
    },
  },
  {
    name: "link",
    fields: ["url"],
    example: {
      name: "return_label",
      kind: "link",
      title: "Return label",
      url: "https://shop.example/returns/1042",
      description: "PDF, one page",
      image: null,
    },
  },
];

export const CODE: Record<string, string> = {
  embed: `<script type="module" src="https://desk.example/widget.js"></script>
<frontdesk-chat channel="site"></frontdesk-chat>`,
  look: `frontdesk-chat {
  --fd-accent: light-dark(#7b2743, #f0a3b8);
  --fd-on-accent: light-dark(#fff, #3a0d1c);
  --fd-font: "Inter", sans-serif;
  --fd-radius: 20px;
}`,
  poll: `POST /webhooks/site/poll
{"wait": 25, "frames": [
  {"type": "hello", "channel": "site", "token": "SECRET", "last": 118, …},
  {"type": "send", "id": "7d0c…", "text": "Hello"}
]}

200 OK
{"frames": [
  {"type": "welcome", "last": 118, …},
  {"type": "ack", "id": "7d0c…"},
  {"type": "event", "id": 121, "kind": "inbound", …}
]}`,
};
