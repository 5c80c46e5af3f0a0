import { language } from "../shared/i18n";
import type { ClientFrame, ServerFrame } from "./protocol";

export type Link = "connecting" | "open" | "lost";

interface Listener {
  frame(frame: ServerFrame): void;
  link(link: Link): void;
  /** Asked after each lost connection; false: nobody is signed in any more, so stop. */
  mayRetry(): Promise<boolean>;
}

const LONGEST = 30_000;
const SIGN_IN_AGAIN = 4401;

/** One WebSocket that comes back: full-jitter waits of 1 to 30 s, at once when the network or the tab returns. */
export class DeskSocket {
  readonly #listener: Listener;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #wanted = false;

  constructor(listener: Listener) {
    this.#listener = listener;
    window.addEventListener("online", () => this.#now());
    window.addEventListener("offline", () => this.#socket?.close());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#now();
    });
  }

  start(): void {
    this.#wanted = true;
    this.#failures = 0;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** Closes and comes back at once. */
  again(): void {
    if (!this.#wanted) return;
    this.stop();
    this.start();
  }

  send(frame: ClientFrame): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #now(): void {
    if (!this.#wanted || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect(): void {
    this.#timer = undefined;
    if (!this.#wanted || this.#socket) return;
    this.#listener.link("connecting");
    const address = new URL("/ws/desk", location.href);
    address.searchParams.set("lang", language.get());
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (message) => {
      if (this.#socket !== socket || typeof message.data !== "string") return;
      const frame = JSON.parse(message.data) as ServerFrame;
      if (frame.type === "desk") {
        this.#failures = 0;
        this.#listener.link("open");
      }
      this.#listener.frame(frame);
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#listener.link("lost");
      void this.#again(event.code === SIGN_IN_AGAIN);
    };
  }

  async #again(mustSignIn: boolean): Promise<void> {
    this.#failures += 1;
    // A refused handshake says no more than 1006, so ask whether the rep is still signed in.
    if (mustSignIn || this.#failures === 1 || this.#failures % 4 === 0) {
      if (!(await this.#listener.mayRetry())) return;
    }
    if (!this.#wanted || this.#socket || this.#timer !== undefined) return;
    const ceiling = Math.min(LONGEST, 1000 * 2 ** (this.#failures - 1));
    const wait = this.#failures === 1 ? 200 + Math.random() * 300 : 1000 + Math.random() * (ceiling - 1000);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }
}
