import texts from "virtual:texts/console";
import { speaking } from "../shared/i18n";

export const useTexts = speaking(texts);
