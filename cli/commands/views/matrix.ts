import { writeFileSync } from "node:fs";
import { csvText } from "../../../core/matrix/csv-text";
import { matrixCells, matrixOf } from "../../../core/matrix/matrix";
import { matrixTables } from "../../../core/matrix/matrix-tables";
import { accessRows } from "../../../core/roster/access-rows";
import { readUsers } from "../../../reader";
import { matrixPage } from "../../matrix/matrix-page";
import { type Command, folderPositional } from "../../terminal/command";
import { DAY_MS, daysOf } from "../../terminal/days";
import { UsageError } from "../../terminal/errors";
import { counted, tableText } from "../../terminal/table";

/** The width of a terminal that does not say its own, in characters. */
const WIDTH = 120;

/** `aurora-users matrix`: people by databases, from the users folder. */
export const matrix: Command = {
  name: "matrix",
  summary: "show people by databases: in the terminal, as CSV or as one HTML page",
  details: [
    "The databases are not asked: `aurora-users reach` asks one. The page needs no network; it can be searched, sorted, filtered",
    "and printed. It says who may do what: keep it as you keep the users folder.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    cluster: { kind: "texts", value: "<name>", summary: "only this cluster; may be given several times" },
    ending: { kind: "text", value: "<days>", summary: "mark what ends within this time (default: 30d)" },
    csv: { kind: "flag", summary: "print CSV for spreadsheets" },
    html: { kind: "text", value: "<file>", summary: "write the page; - prints it" },
  },
  run(args, io) {
    const endingDays = daysOf("ending", args.text("ending") ?? "30d");
    const html = args.text("html");
    if (args.flag("csv") && html !== undefined)
      throw new UsageError("`--csv` and `--html` are two answers: choose one");
    if (html !== undefined && html !== "-" && !/\.html?$/i.test(html))
      throw new UsageError(`\`--html\`: the name of the page ends with .html, not "${html}"`);
    const { rosters } = readUsers(args.at(0) ?? "users").assemble({ now: io.now() });
    const wanted = args.texts("cluster");
    const unknown = wanted.find(name => !Object.hasOwn(rosters, name));
    if (unknown !== undefined)
      throw new UsageError(
        `\`--cluster\`: no grant names "${unknown}"; there are: ${Object.keys(rosters).join(", ") || "none"}`,
      );
    const rows = Object.entries(rosters)
      .filter(([cluster]) => wanted.length === 0 || wanted.includes(cluster))
      .flatMap(([cluster, roster]) => accessRows(cluster, roster));
    const now = io.now();
    const found = matrixOf(rows, { now, soon: new Date(now.getTime() + endingDays * DAY_MS) });
    if (html !== undefined) {
      const page = matrixPage(found, { now, endingDays });
      if (html === "-") io.out(page);
      else {
        writePage(html, page);
        io.out(`${counted(found.people.length, "person", "people")} written to ${html}`);
      }
    } else if (args.flag("csv")) io.out(csvText(matrixCells(found)));
    else if (rows.length === 0) io.out("nobody");
    else
      for (const { cluster, heading, rows: lines } of matrixTables(found, io.width ?? WIDTH))
        io.out(`${cluster}\n${tableText(heading, lines)}\n`);
    return 0;
  },
};

/** @throws UsageError if the file cannot be written */
function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new UsageError(
      `\`--html\`: nothing was written: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
    );
  }
}
