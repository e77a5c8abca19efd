import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { projectFiles, ROOT } from "./project";

/** What one file imports: a file of the project's, without its ending, or a package. */
export interface Import {
  readonly file: string;
  readonly from: string;
  readonly relative: boolean;
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)(["'])([^"'\n]+)\1/g;

/** The TypeScript files of a folder (or one file), in order. */
export const sourcesOf = (room: string): string[] =>
  projectFiles().filter(
    file => (file === room || file.startsWith(`${room}/`)) && /\.(ts|mts|cts)$/.test(file),
  );

export const codeOf = (file: string): string => withoutComments(readFileSync(join(ROOT, file), "utf8"));

/** All imports of a folder's files, types included: an arrow is an arrow. */
export const importsOf = (room: string): Import[] =>
  sourcesOf(room).flatMap(file =>
    [...codeOf(file).matchAll(IMPORT)].map(([, , name]) => {
      const relative = name!.startsWith(".");
      return { file, from: relative ? normalize(join(dirname(file), name!)) : name!, relative };
    }),
  );

/** The room that a file of the project's is in: its first folder, or itself at the top. */
export const roomOf = (file: string): string => file.split("/")[0]!;

/** The package of an import: `@scope/name` or `name`, with `node:` kept. */
export const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

/** Code without comments; strings stay. */
function withoutComments(code: string): string {
  return code.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, text) => text ?? "",
  );
}
