import type { RefObject } from "react";
import { Header } from "react-aria-components/Header";
import { Menu, MenuItem, MenuSection } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { Separator } from "react-aria-components/Separator";
import { Icon, type IconName } from "../shared/icons";
import { chooseLanguage, language, LANGUAGE_NAMES, LANGUAGES, type Language } from "../shared/i18n";
import { useCell } from "../shared/keyed";
import { chooseTheme, theme, type Theme } from "../shared/theme";
import type { Rep } from "./protocol";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

const THEMES: [Theme, IconName][] = [
  ["light", "sun"],
  ["dark", "moon"],
  ["system", "system"],
];

interface AccountMenuProps {
  anchor: RefObject<HTMLButtonElement | null>;
  rep: Rep;
  onClose: () => void;
}

/** Who is signed in, the look and the language of the page; fetched when it is first wanted. */
export default function AccountMenu({ anchor, rep, onClose }: AccountMenuProps) {
  const { t, has } = useTexts();
  const desk = useDesk();
  const spoken = useCell(language);
  const chosen = useCell(theme);
  return (
    <Popover
      className="pop menu"
      aria-label={t("account.name")}
      triggerRef={anchor}
      placement="end bottom"
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <div className="menu-who">
        <b>{rep.name}</b>
        <span>{has(`role.${rep.role}`) ? t(`role.${rep.role}`) : rep.role}</span>
      </div>
      <Menu className="menu-list" aria-label={t("account.name")} autoFocus="first" onClose={onClose}>
        <MenuSection
          className="menu-part"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[chosen]}
          onSelectionChange={(keys) => chooseTheme([...keys][0] as Theme)}
        >
          <Header className="menu-head">{t("account.theme")}</Header>
          {THEMES.map(([one, icon]) => (
            <MenuItem key={one} id={one} className="menu-item" textValue={t(`theme.${one}`)}>
              <Icon name={icon} />
              {t(`theme.${one}`)}
              <Icon name="check" />
            </MenuItem>
          ))}
        </MenuSection>
        <Separator className="menu-line" />
        <MenuSection
          className="menu-part"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[spoken]}
          onSelectionChange={(keys) => chooseLanguage([...keys][0] as Language)}
        >
          <Header className="menu-head">{t("account.language")}</Header>
          {LANGUAGES.map((one) => (
            <MenuItem key={one} id={one} className="menu-item" textValue={LANGUAGE_NAMES[one]}>
              <Icon name="language" />
              <span lang={one}>{LANGUAGE_NAMES[one]}</span>
              <Icon name="check" />
            </MenuItem>
          ))}
        </MenuSection>
        <Separator className="menu-line" />
        <MenuItem className="menu-item" onAction={() => void desk.leave()}>
          <Icon name="signout" />
          {t("account.sign_out")}
        </MenuItem>
      </Menu>
    </Popover>
  );
}
