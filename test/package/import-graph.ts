import { existsSync } from "node:fs";
import { join } from "node:path";
import { importsOf } from "./imports";
import { ROOT } from "./project";

/**
 * The files that each file imports. Imports of types count: no file can be read without the types that it
 * uses.
 */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The import graph of some rooms (folders or single files), without packages. */
export function importGraph(rooms: readonly string[]): ImportGraph {
  const graph = new Map<string, string[]>();
  for (const { file, from, relative } of rooms.flatMap(importsOf)) {
    const target = relative ? fileOf(from) : undefined;
    if (!graph.has(file)) graph.set(file, []);
    if (target !== undefined) graph.get(file)!.push(target);
  }
  return graph;
}

/** The file that a relative import names; the import leaves TypeScript's ending out. */
function fileOf(specifier: string): string | undefined {
  const paths = ["", ".ts", ".mts", ".cts", "/index.ts"].map(ending => specifier + ending);
  return paths.find(path => /\.\w+$/.test(path) && existsSync(join(ROOT, path)));
}

/**
 * Groups of files that import each other, directly or through others (Tarjan's strongly connected
 * components). Each group is sorted. A file that imports itself is a group of one.
 */
export function importCircles(graph: ImportGraph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    low.set(file, index.size);
    index.set(file, index.size);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1 || graph.get(file)?.includes(file)) circles.push(group.sort());
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return circles;
}
