import { relative, sep } from "node:path";

/** The folder relative to the current one, with slashes: messages are short, and the same on every system. */
export function shownFolder(folder: string): string {
  const near = relative(process.cwd(), folder);
  const shown = near === "" ? "." : near.startsWith("..") ? folder : near;
  return shown
    .split(sep)
    .join("/")
    .replace(/(?<=.)\/+$/, "");
}
