import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { parseCsv } from "../../../core/import/csv";
import { printable } from "../../../core/printable";
import type { Problem } from "../../../core/users";
import { nearest } from "../../../core/users/nearest";
import { grantItems, grantText } from "../../../reader";
import { type Arguments, type Io, printJson } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { counted } from "../../terminal/table";
import { type FolderEdit, fileOf } from "./folder-edit";
import { endText, grantValue, placeFault } from "./grant-terms";

const COLUMNS = [
  "user",
  "cluster",
  "database",
  "project",
  "environment",
  "role",
  "expires",
  "reason",
] as const;
type Column = (typeof COLUMNS)[number];

/** What is wrong in a row of the table. */
interface RowFault {
  readonly line: number;
  /** Absent: the row as a whole. */
  readonly column?: string | undefined;
  readonly message: string;
}

interface Row {
  readonly line: number;
  readonly cells: Partial<Record<Column, string>>;
}

/** Options that a table takes the place of. */
const NOT_WITH_FILE = ["cluster", "project", "environment", "role", "expires", "reason"];

/**
 * Adds a grant for each row of a table, all or none.
 * @returns the exit code
 * @throws UsageError if the table's first line is wrong
 */
export function grantPeople(file: string, edit: FolderEdit, args: Arguments, io: Io): number {
  const other = NOT_WITH_FILE.find(name => args.text(name) !== undefined);
  const many = ["database", "table"].find(name => args.texts(name).length > 0);
  if (args.at(0) !== undefined || other !== undefined || many !== undefined)
    throw new UsageError("`--file` takes the place of the user, the place and the terms: leave those out");
  const faults: RowFault[] = [];
  const rows = readRows(file, faults);
  /** By file and index in `grants`: the row that the grant is from. */
  const origins = new Map<string, Row>();
  const said: string[] = [];
  for (const row of rows) {
    const found = addRow(row, edit, io.now());
    if ("message" in found) faults.push(found);
    else {
      origins.set(found.at, row);
      said.push(found.said);
    }
  }
  for (const problem of edit.problems()) faults.push(rowFault(problem, origins));
  if (faults.length === 0) return edit.finish([...said, `${counted(rows.length, "grant")} added`], args, io);
  return report(file, faults, args, io);
}

function report(file: string, faults: readonly RowFault[], args: Arguments, io: Io): number {
  const sorted = [...faults].sort((a, b) => a.line - b.line);
  if (args.flag("json")) printJson(io, { rows: sorted.map(fault => ({ file, ...fault })), changed: false });
  else {
    for (const { column, line, message } of sorted)
      io.err(printable(`${file}:${line}${column === undefined ? "" : ` ${column}`}: ${message}`));
    const lines = new Set(sorted.map(({ line }) => line)).size;
    io.err(`nothing was changed: ${counted(lines, "row")} of the table cannot be used`);
  }
  return 1;
}

/** @throws UsageError for a first line that does not name the columns */
function readRows(file: string, faults: RowFault[]): Row[] {
  const bytes = readFileSync(file);
  // TextDecoder leaves a byte order mark out.
  if (!isUtf8(bytes)) throw new UsageError(`${file} is not UTF-8; save it as UTF-8`);
  const [header, ...records] = parseCsv(new TextDecoder().decode(bytes), (line, fault) => {
    const why =
      fault === "open" ? "begins a cell here, and nothing closes it" : "ends a cell here, and text follows";
    throw new UsageError(`${file}:${line}: a quote (") ${why}`);
  });
  if (!header)
    throw new UsageError(`${file} is empty; its first line names the columns: ${COLUMNS.join(",")}`);
  const names = header.cells.map(cell => cell.trim().toLowerCase());
  for (const name of names.filter(one => !isColumn(one))) {
    const near = nearest(name, COLUMNS);
    const hint = near ? `did you mean "${near}"?` : `there are: ${COLUMNS.join(", ")}, with commas between`;
    throw new UsageError(`${file}:1: unknown column ${JSON.stringify(name)}; ${hint}`);
  }
  for (const name of ["user", "role"].filter(one => !names.includes(one)))
    throw new UsageError(`${file}:1: the column \`${name}\` is missing`);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`${file}:1: the column \`${twice}\` is there twice`);
  if (records.length === 0) throw new UsageError(`${file} has no row below its first line`);
  return records.flatMap(({ cells, line }) => {
    const row = cells.flatMap((cell, at) => (cell.trim() === "" ? [] : [[names[at]!, cell.trim()] as const]));
    if (cells.length === names.length) return [{ line, cells: Object.fromEntries(row) }];
    const hint = "put a cell with a comma in quotes";
    const message = `has ${cells.length} cells, and the first line ${names.length}: ${hint}`;
    faults.push({ line, message });
    return [];
  });
}

const isColumn = (name: string): name is Column => COLUMNS.some(column => column === name);

type Added = { readonly at: string; readonly said: string };

/** Adds the grant of a row to its user's file. */
function addRow({ cells, line }: Row, edit: FolderEdit, now: Date): Added | RowFault {
  const { cluster, database, environment, expires, project, reason, role, user } = cells;
  if (user === undefined) return { line, column: "user", message: "is empty" };
  if (role === undefined) return { line, column: "role", message: "is empty" };
  const place = {
    cluster,
    databases: database === undefined ? [] : [database],
    tables: [],
    project,
    environment,
  };
  const fault = placeFault(place);
  if (fault) return { line, column: fault.of, message: fault.message };
  const end = expires === undefined ? undefined : endText(expires, now);
  if (end && "fault" in end) return { line, column: "expires", message: end.fault };
  try {
    const found = edit.user(user);
    const name = fileOf(found);
    const index = grantItems(edit.textOf(name)).length;
    const value = grantValue(place, { role, expires: end?.expires, reason });
    edit.edit(name, [{ op: "append", map: [], key: "grants", value }]);
    const until = end === undefined ? "" : `, until ${end.expires}`;
    return { at: `${found.file} grants[${index}]`, said: `${found.username}: ${grantText(value)}${until}` };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { line, column: "user", message: error.message };
  }
}

/** A problem of a user file, at the row that caused it. */
function rowFault({ file, hint, message, path }: Problem, origins: ReadonlyMap<string, Row>): RowFault {
  const [, item, field = ""] = /^(grants\[\d+\])(?:\.(\w+))?/.exec(path) ?? [];
  const row = origins.get(`${file} ${item}`);
  const said = hint === undefined ? message : `${message}; ${hint}`;
  if (!row) return { line: 1, message: `${file}${path === "" ? "" : ` ${path}`}: ${said}` };
  const column = field.replace(/^databases$/, "database");
  return { line: row.line, column: isColumn(column) ? column : undefined, message: said };
}
