import type { CSSProperties, ReactNode } from "react";

const HUES = [20, 55, 90, 150, 190, 235, 275, 320, 355];

function hue(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return HUES[sum % HUES.length] ?? 20;
}

export function initials(name: string): string {
  const words = name
    .replace(/[^\p{L}\p{N}\s]/gu, " ")
    .trim()
    .split(/\s+/u);
  const first = [...(words[0] ?? "")][0] ?? "";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toLocaleUpperCase();
}

interface AvatarProps {
  name: string;
  size?: "small" | "large" | undefined;
  children?: ReactNode;
}

/** Initials on a quiet colour made from the name. The name always stands beside it, so it is silent. */
export function Avatar({ name, size, children }: AvatarProps) {
  const style = { "--hue": hue(name) } as CSSProperties;
  return (
    <span className={size ? `avatar avatar-${size}` : "avatar"} style={style} aria-hidden="true">
      {initials(name)}
      {children}
    </span>
  );
}
