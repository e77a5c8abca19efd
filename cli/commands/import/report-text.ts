import { groupBy } from "../../../core/group-by";
import type { ConstructProps } from "../../../core/import/construct-text";
import type { Draft } from "../../../core/import/draft-import";
import type { Finding } from "../../../core/import/findings";
import { printable } from "../../../core/printable";
import { counted } from "../../terminal/table";

/** All that an import says, for `--json` and as text. */
export interface ImportReport extends Pick<Draft, "declared" | "leftOut" | "nativeRoles" | "roles"> {
  readonly cluster: string;
  readonly asIs: boolean;
  readonly prefix: string;
  readonly unmanaged: string;
  readonly files: readonly { readonly file: string; readonly accounts: readonly string[] }[];
  /** By file name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  /** Whether the server says who has logged in. */
  readonly knowsUse: boolean;
  readonly construct: {
    readonly props: ConstructProps;
    readonly text: string;
    /** Whether the default ceiling allows all of it, too. */
    readonly isDefault: boolean;
  };
  /** What the next plan runs. */
  readonly statements: readonly string[];
  readonly notes: readonly string[];
  /** Why the next plan would be refused. */
  readonly problems: readonly string[];
}

/** A heading and its lines; nothing if there are none. */
const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [[heading, ...lines.map(line => `  ${line}`)].join("\n")];

const lines = (texts: readonly string[]): string[] => texts.map(printable);

/** The report for a person. Names from the server are on one line each, and control no terminal. */
export function reportText(report: ImportReport): string {
  const { cluster, construct, declared, files, findings, leftOut, prefix, statements, unmanaged } = report;
  const policy =
    unmanaged === "report"
      ? []
      : [
          `The cluster's \`unmanaged\` is "${unmanaged}": the next apply would ${unmanaged} those that begin with ${prefix}_. ` +
            'Set it to "report" first.',
        ];
  const head = `${cluster}: ${counted(files.length, "new user file")} for ${counted(files.flatMap(({ accounts }) => accounts).length, "account")}`;
  return [
    head,
    ...section("Files", lines(files.map(({ accounts, file }) => `${file}: ${accounts.join(", ")}`))),
    ...section("New roles, each a set of privileges that accounts have", lines(rolesOf(report))),
    ...section("Declared in the folder already", lines(declared)),
    ...section("Not imported, because files cannot say what they are; they stay as they are", [
      ...lines(byReason(leftOut)),
      ...(leftOut.length > 0 ? policy : []),
    ]),
    ...section("Native roles of MySQL, which grants name in `nativeRoles`", lines(report.nativeRoles)),
    ...findings.flatMap(({ on, title, todo }) => section(title, [...lines(on), `What to do: ${todo}`])),
    ...(report.knowsUse ? [] : ["The server does not say who has logged in (performance_schema)."]),
    ...section(
      `The construct of ${cluster} needs${construct.isDefault ? " (the default ceiling allows it, too)" : ""}`,
      construct.text.split("\n"),
    ),
    ...section("The next plan is refused as long as", lines(report.problems)),
    ...section("The next plan says", lines(report.notes)),
    ...(statements.length === 0
      ? ["The next plan has no statement."]
      : section(`The next plan runs ${counted(statements.length, "statement")}`, lines(statements))),
  ].join("\n\n");
}

/** The accounts that are left out for the same reasons, together. */
const byReason = (leftOut: Draft["leftOut"]): string[] =>
  [...groupBy(leftOut, ({ reasons }) => reasons.join("; "))].map(
    ([reasons, of]) => `${of.flatMap(({ accounts }) => accounts).join(", ")}: ${reasons}`,
  );

const rolesOf = ({ roles }: ImportReport): string[] =>
  Object.entries(roles).map(([name, { privileges }]) => `${name}: ${privileges.join(", ")}`);
