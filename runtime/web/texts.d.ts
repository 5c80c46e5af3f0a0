/** A text, a plural (`{ one, other }`), or more of the same one level down. */
interface TextTree {
  [key: string]: string | TextTree;
}

declare module "virtual:texts/*" {
  const texts: Record<"en" | "fr" | "es", TextTree>;
  export default texts;
}
