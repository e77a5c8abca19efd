import type { LocatedEntry, LocatedNode, NodePath, UsersFile } from "./located-node";
import { type Problem, problemAt } from "./problem";

/** What a text holds that can be in no field; undefined where nothing. */
export function textFault(text: string): { message: string; hint: string } | undefined {
  if (text.includes("TfToken["))
    return {
      message: "holds `TfToken[`, which stands for a value of Terraform",
      hint: "write what is meant, not a reference",
    };
  if (/\p{Surrogate}/u.test(text))
    return { message: "holds half a character", hint: "write the character itself" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.exec(text);
  if (!control) return undefined;
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return {
    message: `holds the invisible character U+${code}, which can hide what a reviewer should see`,
    hint: "leave it out",
  };
}

/**
 * Brings all text of a file to Unicode's composed form (NFC), as Terraform does with every string, so that what is checked is
 * what arrives; and reports text that can be in no field: references of Terraform, broken and invisible characters.
 */
export function checkText(source: UsersFile): { source: UsersFile; problems: Problem[] } {
  const problems: Problem[] = [];
  const report = (text: string, path: NodePath, of: "key" | "value") => {
    const fault = textFault(text);
    if (fault) problems.push(problemAt(source, path, fault.message, fault.hint, of));
  };

  const normal = (node: LocatedNode, path: NodePath): LocatedNode => {
    if (node.kind === "scalar") {
      if (typeof node.value !== "string") return node;
      report(node.value, path, "value");
      return { ...node, value: node.value.normalize("NFC") };
    }
    if (node.kind === "list")
      return { ...node, items: node.items.map((item, index) => normal(item, [...path, index])) };
    const entries = new Map<string, LocatedEntry>();
    for (const entry of node.entries) {
      const key = entry.key.normalize("NFC");
      const keyPath = [...path, entry.key];
      report(entry.key, keyPath, "key");
      if (key === "__proto__") {
        problems.push(
          problemAt(source, keyPath, "`__proto__` cannot be a key", "choose another name", "key"),
        );
      } else if (entries.has(key)) {
        problems.push(problemAt(source, keyPath, "the same key stands here twice", "leave one out", "key"));
      } else {
        entries.set(key, { ...entry, key, value: normal(entry.value, keyPath) });
      }
    }
    return { ...node, entries: [...entries.values()] };
  };

  if (!source.tree) return { source, problems };
  const tree = normal(source.tree, []);
  return { source: { ...source, tree }, problems };
}
