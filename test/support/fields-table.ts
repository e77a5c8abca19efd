import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A row of the table in docs/users.md: what a file says, and what becomes of it. */
export interface FieldRow {
  /** `kind: service, login: password`, or a grant. */
  readonly written: string;
  readonly sql: readonly string[];
  /** Privileges. */
  readonly needs: readonly string[];
  /** Whether the administrator needs them with GRANT OPTION. */
  readonly grantOption: boolean;
  /** What the second column says of the account before, if it is not new. */
  readonly before: string;
}

const HEADING = "## Every field, its SQL, and what the administrator needs\n";

const section = (): string => {
  const text = readFileSync(join(__dirname, "..", "..", "docs", "users.md"), "utf8");
  return text.split(HEADING)[1]!.split("\n## ")[0]!;
};

const spans = (cell: string): string[] => [...cell.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , text]) => text!);

export const fieldRows = (): FieldRow[] =>
  section()
    .split("\n")
    .filter(line => /^\| `/.test(line))
    .map(line => {
      const [, written = "", sql = "", needs = ""] = line
        .split(" | ")
        .flatMap((cell, at) => (at === 0 ? ["", cell] : [cell]));
      return {
        written: spans(written)[0]!,
        sql: spans(sql),
        needs: spans(needs),
        grantOption: needs.includes("with GRANT OPTION"),
        before: sql.slice(0, sql.indexOf("`")),
      };
    });

/** What the section says below its table. */
export const belowFieldRows = (): string => section().split("\n\n").slice(2).join("\n\n");

/** Whether the row is a grant, and not a field of the account. */
export const isGrant = ({ written }: FieldRow): boolean => /^(cluster|project): /.test(written);

/** A grant that each file has, next to what its row says. */
export const BASE_GRANT = "cluster: orders, databases: [app], role: read, expires: 2099-12-31";

/** The file `sync.yaml` of a row; without one, what all have in common. */
export function fileOf(row: FieldRow | undefined, written = row?.written ?? ""): string {
  const grants = row && isGrant(row) ? [BASE_GRANT, written] : [BASE_GRANT];
  const fields = row && !isGrant(row) ? written : "";
  const kind = /kind|formerly/.test(fields) ? "" : "kind: service";
  const all = /grants/.test(fields) ? "" : `grants: [${grants.map(grant => `{ ${grant} }`).join(", ")}]`;
  return `{ ${["name: Sync", "email: sync@example.com", kind, fields, all].filter(Boolean).join(", ")} }\n`;
}

/** The other files of the folder. */
export const OTHER_FILES = {
  "jane.doe.yaml": "{ name: Jane, email: jane.doe@example.com, grants: [] }\n",
  "projects.yaml":
    "shop: { owner: { name: O, email: o@example.com }, environments: { prod: { cluster: orders, databases: [orders] } } }\n",
};
