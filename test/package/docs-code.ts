import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project";

/** A block of TypeScript in a document. */
export interface DocsBlock {
  /** `docs/users.md:128`: the line of its fence. */
  readonly place: string;
  readonly code: string;
}

/** The blocks of a document that say that they are TypeScript. */
export function blocksOf(file: string, text: string): DocsBlock[] {
  return [...text.matchAll(/^( *)```(?:ts|typescript)\b[^\n]*\n([\s\S]*?)^\1```/gm)].map(
    ({ index, 2: code = "" }) => ({ place: `${file}:${text.slice(0, index).split("\n").length}`, code }),
  );
}

/** The names that a file of declarations exports, types included. */
export const exportedNames = (declarations: string): string[] =>
  [...declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = ""]) =>
    names.split(",").flatMap(
      name =>
        name
          .trim()
          .replace(/^type /, "")
          .split(" as ")
          .at(-1) || [],
    ),
  );

/** All of the README's and of the pages that are published with it. */
export const docsBlocks = (): DocsBlock[] =>
  ["README.md", ...readdirSync(join(ROOT, "docs")).map(name => `docs/${name}`)]
    .filter(file => file.endsWith(".md"))
    .sort()
    .flatMap(file => blocksOf(file, readFileSync(join(ROOT, file), "utf8")));

/**
 * What the text around a block gives it: what the README's first example declares, and, as in `main.ts`, a
 * stack with a cluster.
 */
const GIVEN = `
interface Given extends TerraformStack { readonly cluster: AuroraCluster }
declare const stack: Given, ledger: AccessLedger, reconciler: Reconciler, orders: AuroraCluster;
`;
const IMPORT = /^import [^;]*;\n/gm;

/**
 * A module of the block, that is compiled and never run. Its imports stay. What else it uses of the package
 * is imported, and nothing more is: a name that is in neither is an error.
 * @param exported the names of the package's root
 */
export function moduleOf({ code }: DocsBlock, exported: readonly string[], entry: string): string {
  const imports = code.match(IMPORT) ?? [];
  const imported = new Set(imports.join("").match(/\w+/g));
  const used = new Set((code + GIVEN).match(/(?<![\w"'`]|(?<!\.\.)\.)[A-Za-z]\w*/g));
  const missing = exported.filter(name => used.has(name) && !imported.has(name));
  const has = (name: string) => imported.has(name);
  return [
    ...imports.map(text => text.trimEnd()),
    has("TerraformStack") ? "" : 'import { TerraformStack } from "cdktf";',
    missing.length === 0 ? "" : `import { ${missing.join(", ")} } from "${entry}";`,
    GIVEN,
    "export function block(this: Given) {",
    code.replace(IMPORT, ""),
    "}",
    "",
  ].join("\n");
}
