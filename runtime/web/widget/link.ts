import type { FromDesk, ToDesk } from "./frames.ts";

/** off: not asked for. waiting: between two attempts. blocked: this page may not talk to the desk. */
export type LinkState = "off" | "connecting" | "live" | "waiting" | "blocked";

/** The side of the conversation that the link carries frames for. */
export interface Talk {
  hello(): ToDesk;
  unsent(): ToDesk[];
  take(frame: FromDesk): void;
  change(state: LinkState): void;
  /** The desk no longer knows the session secret. */
  forget(): void;
  /** The desk closes because of what we sent. */
  refused(text: string): void;
}

export type Link = ReturnType<typeof linkTo>;

const PING = 25_000;
const PATIENCE = 10_000;
const PULSE = 5_000;
const LONGEST_PAUSE = 30_000;
const SOCKETS_AGAIN = 60_000;

/** A connection that is kept: a socket, or long-polling when sockets fail twice before they are welcomed. */
export function linkTo(base: string, channel: string, talk: Talk) {
  let state: LinkState = "off";
  let socket: WebSocket | undefined;
  let polling: AbortController | undefined;
  let queued: ToDesk[] = [];
  let handshakesFailed = 0;
  let socketsFrom = 0;
  let attempts = 0;
  let heard = 0;
  let timer = 0;
  let pulse = 0;

  function become(next: LinkState): void {
    if (next !== state) talk.change((state = next));
  }

  function detach(): void {
    clearTimeout(timer);
    polling?.abort();
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    socket = polling = undefined;
  }

  function lost(code = 0): void {
    detach();
    if (code === 4403) return become("blocked");
    if (code === 4401) talk.forget();
    if (code === 4429) attempts += 4;
    // Full jitter: after a restart of the desk its customers do not all come back in the same second.
    timer = window.setTimeout(connect, Math.random() * Math.min(LONGEST_PAUSE, 1000 * 2 ** attempts++));
    become("waiting");
  }

  function take(frame: FromDesk): void {
    heard = Date.now();
    if (frame.type !== "bye") return talk.take(frame);
    if (frame.code === "token-expired") lost(4401);
    else if (frame.code === "origin") lost(4403);
    else if (/^(too_big|bad_frame)$/.test(frame.code)) talk.refused(frame.text ?? "");
  }

  function welcomed(): void {
    clearTimeout(timer);
    attempts = 0;
    become("live");
  }

  function connect(): void {
    detach();
    become("connecting");
    if (Date.now() < socketsFrom) return void poll();
    let known = false;
    const opened = (socket = new WebSocket(`${base.replace("http", "ws")}/ws/chat`));
    const closed = ({ code }: { code?: number }) => {
      if (!known && ++handshakesFailed > 1) socketsFrom = Date.now() + SOCKETS_AGAIN;
      lost(code);
    };
    timer = window.setTimeout(closed, PATIENCE, {});
    opened.onopen = () => opened.send(JSON.stringify(talk.hello()));
    opened.onclose = closed;
    opened.onmessage = ({ data }) => {
      const frame = JSON.parse(data as string) as FromDesk;
      take(frame);
      if (known || frame.type !== "welcome") return;
      known = true;
      handshakesFailed = 0;
      welcomed();
      talk.unsent().forEach(send);
    };
  }

  async function poll(): Promise<void> {
    polling?.abort();
    clearTimeout(timer);
    if (Date.now() > socketsFrom) return connect();
    const mine = (polling = new AbortController());
    const wait = state === "live" ? PING / 1000 : 0;
    const frames = [talk.hello(), ...talk.unsent(), ...queued];
    queued = [];
    try {
      timer = window.setTimeout(() => mine.abort(), PING + PATIENCE);
      const response = await fetch(`${base}/webhooks/${channel}/poll`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ frames, wait }),
        signal: mine.signal,
      });
      const { status } = response;
      if (status !== 200) return lost(status > 400 && status < 430 ? 4000 + status : 0);
      for (const frame of ((await response.json()) as { frames: FromDesk[] }).frames) if (mine === polling) take(frame);
      if (mine !== polling) return;
      welcomed();
      timer = window.setTimeout(poll, 100);
    } catch {
      if (mine !== polling) return;
      // No network at all says nothing against sockets: they come first again.
      handshakesFailed = socketsFrom = 0;
      lost();
    }
  }

  /** Send at once if connected. Messages need no more: what is unsent goes out after every welcome. */
  function send(frame: ToDesk): void {
    if (state !== "live") return;
    if (socket) return socket.send(JSON.stringify(frame));
    if (frame.type !== "send") queued.push(frame);
    void poll();
  }

  /** A connection that says nothing to a ping is gone, whatever the browser thinks. */
  function ping(): void {
    if (state !== "live" || !socket) return;
    const asked = Date.now();
    const pinged = socket;
    send({ type: "ping" });
    setTimeout(() => pinged === socket && heard < asked && lost(), PULSE);
  }

  return {
    send,
    start(): void {
      if (state !== "off") return;
      pulse = window.setInterval(ping, PING);
      connect();
    },
    stop(): void {
      clearInterval(pulse);
      detach();
      state = "off";
    },
    /** Something suggests that the network is back, or that we have slept: look now, not later. */
    wake(): void {
      ping();
      if (state !== "waiting") return;
      handshakesFailed = attempts = socketsFrom = 0;
      connect();
    },
    /** The browser says that there is no network. */
    cut(): void {
      if (state === "live" || state === "connecting") lost();
    },
  };
}
