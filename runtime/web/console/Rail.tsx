import { Button } from "react-aria-components/Button";
import { Menu, MenuItem, MenuSection, MenuTrigger } from "react-aria-components/Menu";
import { Header } from "react-aria-components/Header";
import { Popover } from "react-aria-components/Popover";
import { Separator } from "react-aria-components/Separator";
import { Avatar } from "../shared/Avatar";
import { Icon, type IconName } from "../shared/icons";
import { chooseLanguage, language, LANGUAGE_NAMES, LANGUAGES, type Language } from "../shared/i18n";
import { useCell } from "../shared/keyed";
import { chooseTheme, theme, type Theme } from "../shared/theme";
import { Mark } from "./Mark";
import type { Rep } from "./protocol";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

const THEMES: [Theme, IconName][] = [
  ["light", "sun"],
  ["dark", "moon"],
  ["system", "system"],
];

interface RailProps {
  rep: Rep;
  waiting: number;
  onInbox: () => void;
  onKeys: () => void;
}

/** The pages and the account; at the foot of the screen on a phone. */
export function Rail({ rep, waiting, onInbox, onKeys }: RailProps) {
  const { t } = useTexts();
  return (
    <nav className="rail" aria-label={t("rail.name")}>
      <Mark />
      <Button className="rail-part" aria-current="page" onPress={onInbox}>
        <Icon name="inbox" />
        <span className="vh">{t("inbox.title")}</span>
        {waiting > 0 && (
          <span className="rail-count num">
            {waiting > 99 ? "99+" : waiting}
            <span className="vh"> {t("rail.waiting", { n: waiting })}</span>
          </span>
        )}
      </Button>
      <Button className="rail-part rail-keys" aria-label={t("keys.title")} onPress={onKeys}>
        <Icon name="keyboard" />
      </Button>
      <Account rep={rep} />
    </nav>
  );
}

function Account({ rep }: { rep: Rep }) {
  const { t } = useTexts();
  const desk = useDesk();
  const link = useCell(desk.link);
  const spoken = useCell(language);
  const chosen = useCell(theme);
  const role = t(`role.${rep.role}`);
  return (
    <MenuTrigger>
      <Button className="rail-account">
        <Avatar name={rep.name}>
          <span className="rail-dot" data-link={link} />
        </Avatar>
        <span className="vh">{t("account.of", { name: rep.name })}</span>
      </Button>
      <Popover className="pop menu" placement="end bottom">
        <div className="menu-who">
          <b>{rep.name}</b>
          <span>{role.startsWith("role.") ? rep.role : role}</span>
        </div>
        <Menu className="menu-list" aria-label={t("account.name")}>
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
    </MenuTrigger>
  );
}
