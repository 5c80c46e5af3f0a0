import type { Rep } from "./protocol";

export type SignIn = { rep: Rep } | { failed: "wrong" | "throttled" | "unreachable"; seconds?: number };

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: "POST",
    // No form of another site can send this header.
    headers: { "content-type": "application/json", "x-frontdesk": "1" },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
}

export async function signIn(login: string, password: string): Promise<SignIn> {
  try {
    const answer = await post("/v1/desk/sign-in", { login, password });
    if (answer.ok) return { rep: ((await answer.json()) as { rep: Rep }).rep };
    if (answer.status === 429) {
      const seconds = Number(answer.headers.get("retry-after"));
      return seconds > 0 ? { failed: "throttled", seconds } : { failed: "throttled" };
    }
    return { failed: answer.status < 500 ? "wrong" : "unreachable" };
  } catch {
    return { failed: "unreachable" };
  }
}

export async function signOut(): Promise<void> {
  try {
    await post("/v1/desk/sign-out", {});
  } catch {
    // Offline: the page forgets the rep all the same.
  }
}

/** Who is signed in; null: nobody; undefined: the desk did not answer. */
export async function whoAmI(): Promise<Rep | null | undefined> {
  try {
    const answer = await fetch("/v1/desk/me", { credentials: "same-origin", signal: AbortSignal.timeout(5000) });
    if (answer.status === 401) return null;
    if (!answer.ok) return undefined;
    const body = (await answer.json()) as Rep | { rep: Rep };
    return "rep" in body ? body.rep : body;
  } catch {
    return undefined;
  }
}
