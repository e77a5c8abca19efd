import { Field } from "./field";
import type { LocatedEntry, LocatedNode, NodePath, UsersFile } from "./located-node";
import { spaceName, trimMistaken } from "./mistaken-spaces";
import { type Fault, fault, type Problems } from "./problem";

/** Why a text may be in no field; undefined if it may. */
export function textFault(text: string): Fault | undefined {
  if (text.includes("TfToken["))
    return fault(
      "holds `TfToken[`, which refers to a value of Terraform",
      "write the value itself, not a reference",
    );
  if (/\p{Surrogate}/u.test(text)) return fault("holds half a character", "write the character itself");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.exec(text);
  if (!control) return undefined;
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const message = `holds the invisible character U+${code}, which can hide what a reviewer should see`;
  return fault(message, "leave it out");
}

/**
 * Returns the file with all of its text in Unicode's composed form (NFC). Terraform composes every string, so
 * what is checked is what arrives. Reports text that may be in no field: references of Terraform, broken and
 * invisible characters.
 */
export function checkText(file: UsersFile, problems: Problems): UsersFile {
  const at = (path: NodePath) => new Field(file, problems, path);
  const check = (text: string, path: NodePath, of: "key" | "value"): string => {
    const ends = trimMistaken(text);
    const found = ends
      ? fault(`begins or ends with ${spaceName(ends.found)}, which looks like a space`, "leave it out")
      : textFault(text);
    if (found) at(path).error(found.message, { hint: found.hint, of });
    return (ends?.text ?? text).normalize("NFC");
  };

  const normal = (node: LocatedNode, path: NodePath): LocatedNode => {
    if (node.kind === "scalar") {
      if (typeof node.value !== "string") return node;
      return { ...node, value: check(node.value, path, "value") };
    }
    if (node.kind === "list")
      return { ...node, items: node.items.map((item, index) => normal(item, [...path, index])) };
    const entries = new Map<string, LocatedEntry>();
    for (const entry of node.entries) {
      const keyPath = [...path, entry.key];
      const key = check(entry.key, keyPath, "key");
      if (key === "__proto__")
        at(keyPath).error("`__proto__` cannot be a key", { hint: "choose another name", of: "key" });
      else if (entries.has(key))
        at(keyPath).error("the same key is here twice", { hint: "leave one out", of: "key" });
      else entries.set(key, { ...entry, key, value: normal(entry.value, keyPath) });
    }
    return { ...node, entries: [...entries.values()] };
  };

  return file.tree ? { ...file, tree: normal(file.tree, []) } : file;
}
