import { useCell } from "../shared/keyed";
import type { Row } from "./protocol";
import { queueLabel, reason, whoIs } from "./names";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

/** Says who began to wait to those who do not see the list. */
export function Announcer() {
  const texts = useTexts();
  const desk = useDesk();
  const row = useCell(desk.arrived);
  const queues = useCell(desk.queues);
  return (
    <div className="vh" role="status">
      {row && texts.t(row.because ? "announce.waiting_because" : "announce.waiting", values(row))}
    </div>
  );

  function values(of: Row) {
    return { name: whoIs(of), queue: queueLabel(queues, of.queue ?? ""), because: reason(of.because ?? "", texts) };
  }
}
