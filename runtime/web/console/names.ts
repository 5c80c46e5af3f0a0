import type { Texts } from "../shared/i18n";
import { nameOf, type Queue, type Rep, type Row } from "./protocol";

/** A customer's name, else the address: `site:ab12` is ab12. */
export function whoIs(row: Row): string {
  return row.name || nameOf(row.user) || row.user;
}

export function queueLabel(queues: readonly Queue[], name: string): string {
  const label = queues.find((queue) => queue.name === name)?.label ?? name;
  return label.charAt(0).toLocaleUpperCase() + label.slice(1);
}

/** Names a rep by what the row says, else by the login. */
export function ownerName(row: Row, rep: Rep): string {
  if (row.owner === `rep:${rep.login}`) return rep.name;
  return row.owner_name || capital(nameOf(row.owner));
}

/** `whatsapp_de:+49 170` is +49 170: the channel stands beside it. */
export function addressOf(row: Row): string {
  return nameOf(row.user);
}

const AGENT = "the agent says: ";

/** Why a session was handed over: the desk's own reasons in the rep's language, an author's as they are,
 * and what a model wrote as its own words. */
export function reason(because: string, { t, has }: Pick<Texts, "t" | "has">): string {
  const words = because.startsWith(AGENT) ? because.slice(AGENT.length) : null;
  const key = `because.${(words ?? because).replaceAll(" ", "_")}`;
  if (has(key)) return t(key);
  return words === null ? because : t("because.the_agent_says", { words });
}

/** `tom` is Tom, `return_order` is Return order. */
export function capital(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
