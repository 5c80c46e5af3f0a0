import { Icon } from "../shared/icons";

/** The desk's bell. */
export function Mark() {
  return (
    <span className="mark">
      <Icon name="bell" />
    </span>
  );
}
