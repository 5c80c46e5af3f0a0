import { capital } from "./names";
import type { Row } from "./protocol";
import { useTexts } from "./texts";

/** The kind of channel by its own name; the desk's name for it where the kind has none. */
export function ChannelName({ row }: { row: Row }) {
  const { t, has } = useTexts();
  const key = `channel.${row.channel_kind}`;
  return has(key) ? t(key) : capital(row.channel);
}
