import type { LocatedNode, UsersFile } from "../located-node";

/** teams.yaml as if its teams did not have these members; any other file as it is. */
export function withoutMembers(file: UsersFile, leftOut: ReadonlySet<string> | undefined): UsersFile {
  const { name, tree } = file;
  if (!leftOut || name !== "teams.yaml" || tree?.kind !== "map") return file;
  const isIn = (member: LocatedNode) =>
    member.kind !== "scalar" || !leftOut.has(String(member.value).normalize("NFC"));
  const entries = tree.entries.map(team => {
    const { value } = team;
    if (value.kind !== "map") return team;
    const fields = value.entries.map(field =>
      field.key === "members" && field.value.kind === "list"
        ? { ...field, value: { ...field.value, items: field.value.items.filter(isIn) } }
        : field,
    );
    return { ...team, value: { ...value, entries: fields } };
  });
  return { ...file, tree: { ...tree, entries } };
}
