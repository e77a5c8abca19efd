/** A position in a text. Both numbers start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The content of a file as plain data, each part with its position. `reader/` makes it from YAML. */
export type LocatedNode = LocatedScalar | LocatedList | LocatedMap;

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly at: Position;
  /** What to do about a wrong value, where the parser knows better than the checks. */
  readonly hint?: string;
}

export interface LocatedList {
  readonly kind: "list";
  readonly items: readonly LocatedNode[];
  readonly at: Position;
}

export interface LocatedMap {
  readonly kind: "map";
  /** In the order of the text. Each key occurs once. */
  readonly entries: readonly LocatedEntry[];
  readonly at: Position;
}

export interface LocatedEntry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: LocatedNode;
}

/** Keys and indexes that lead from a file's root to a field. */
export type NodePath = readonly (string | number)[];

/** One file of a users folder. */
export interface UsersFile {
  /** As messages name it: `users/jane.doe.yaml`. */
  readonly file: string;
  /** Its name in the folder: `jane.doe.yaml`. */
  readonly name: string;
  /** Absent if the text could not be parsed; the parser reports why. */
  readonly tree?: LocatedNode;
  /**
   * The parser reported mistakes of the YAML. `repaired`: the tree is what was probably meant. `partial`:
   * some of the text is not in it, so that what is missing may be there. Absent: the tree is what is written.
   */
  readonly broken?: "repaired" | "partial";
}

const entryOf = (node: LocatedNode, key: string | number): LocatedEntry | undefined =>
  node.kind === "map" ? node.entries.find(entry => entry.key === key) : undefined;

/** The member or item of a node; undefined if there is none. */
const childOf = (node: LocatedNode | undefined, key: string | number): LocatedNode | undefined =>
  node?.kind === "list"
    ? typeof key === "number"
      ? node.items[key]
      : undefined
    : node && entryOf(node, key)?.value;

/** The node at the end of a path; undefined if there is none. */
export const nodeAt = (node: LocatedNode | undefined, path: NodePath): LocatedNode | undefined =>
  path.reduce<LocatedNode | undefined>(childOf, node);

/**
 * The position of the end of a path, or of the innermost node around it that exists.
 * @param of `key`: the position of the key of the last step
 */
export function positionOf(
  root: LocatedNode | undefined,
  path: NodePath,
  of: "key" | "value" = "value",
): Position {
  let node = root;
  let at: Position = root?.at ?? { line: 1, column: 1 };
  for (const [index, key] of path.entries()) {
    const child = childOf(node, key);
    if (!node || !child) break;
    at = of === "key" && index === path.length - 1 ? (entryOf(node, key)?.keyAt ?? child.at) : child.at;
    node = child;
  }
  return at;
}

/** The node as data without positions. Members are own properties, whatever their names. */
export function plainValue(node: LocatedNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  return Object.fromEntries(node.entries.map(entry => [entry.key, plainValue(entry.value)]));
}

/** A path as text: `grants[0].role`. */
export const pathText = (path: NodePath): string =>
  path
    .map((key, index) =>
      typeof key === "number"
        ? `[${key}]`
        : /^[\p{L}\p{N}_.-]+$/u.test(key)
          ? `${index === 0 ? "" : "."}${key}`
          : `[${JSON.stringify(key)}]`,
    )
    .join("");
