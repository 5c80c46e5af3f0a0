import type { RefObject } from "react";
import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Dialog } from "react-aria-components/Dialog";
import { Input } from "react-aria-components/Input";
import { Menu, MenuItem } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { SearchField } from "react-aria-components/SearchField";
import { Icon } from "../shared/icons";
import type { Offered } from "./protocol";
import { capital } from "./names";
import { useTexts } from "./texts";

interface PickerProps {
  anchor: RefObject<HTMLButtonElement | null>;
  components: readonly Offered[];
  onPick: (component: Offered) => void;
  onClose: () => void;
}

/** The desk's components, found by typing; fetched only when a rep first wants one. */
export default function ComponentPicker({ anchor, components, onPick, onClose }: PickerProps) {
  const { t, has } = useTexts();
  const { contains } = useFilter({ sensitivity: "base" });
  return (
    <Popover
      className="pop picker"
      triggerRef={anchor}
      placement="top start"
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Dialog className="picker-dialog" aria-label={t("picker.title")}>
        <Autocomplete filter={contains}>
          <SearchField className="picker-search" aria-label={t("picker.search")} autoFocus>
            <Icon name="search" />
            <Input className="picker-input" placeholder={t("picker.search")} />
          </SearchField>
          <Menu
            className="picker-list"
            aria-label={t("picker.title")}
            items={components.map((one) => ({ ...one, id: `${one.bot ?? ""}/${one.name}` }))}
            renderEmptyState={() => <p className="picker-none">{t("picker.none")}</p>}
          >
            {(one) => (
              <MenuItem className="picker-item" textValue={`${one.title} ${one.name}`} onAction={() => onPick(one)}>
                <span className="picker-name" dir="auto">
                  {one.title || capital(one.name)}
                </span>
                <span className="picker-more">
                  {has(`kind.${one.kind}`) ? t(`kind.${one.kind}`) : one.kind} · {one.bot ?? t("picker.desk")} ·{" "}
                  {one.name}
                </span>
              </MenuItem>
            )}
          </Menu>
        </Autocomplete>
      </Dialog>
    </Popover>
  );
}
