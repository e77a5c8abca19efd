import { existsSync, readFileSync } from "node:fs";
import { constructText } from "../../../core/import/construct-text";
import { findingsOf, theirs } from "../../../core/import/findings";
import type { Inventory } from "../../../core/import/inventory";
import { neededCeiling } from "../../../core/import/needed-ceiling";
import { parsePeople, peopleTemplate } from "../../../core/import/people";
import { defined } from "../../../core/json";
import { DEFAULT_CEILING_PRIVILEGES } from "../../../core/roster/ceiling";
import { ROLES_FILE } from "../../../core/users";
import { readUsers, UsersFolder, yamlText } from "../../../reader";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { fetchInventory } from "../../terminal/fetch-inventory";
import { regionOf } from "../../terminal/invoke-function";
import { counted } from "../../terminal/table";
import { type AssembledDraft, assembleDraft } from "./assemble-draft";
import { type ImportReport, reportText } from "./report-text";
import { writeTexts } from "./write-texts";

const PREVIEW = "aurora-users-preview";

/** `aurora-users import`: writes the files of the accounts that a cluster has already. */
export const importAccounts: Command = {
  name: "import",
  summary: "write the users files of accounts that a cluster has already",
  details: [
    "The preview function reads the cluster; you need lambda:InvokeFunction on it, and no access to the database. Nothing",
    "changes there. Each account that can be declared exactly as it is gets a file; what cannot is reported and left out.",
    "Without --people, the table to fill in is printed: `aurora-users import --cluster orders > people.csv`. A person logs",
    "in by IAM token then, a service as before; with --as-is everyone as before, and the next plan has no statement.",
    "Exit code 1 if accounts have no row in the table, or a file exists already: nothing is written then.",
  ].join("\n"),
  positionals: [],
  options: {
    cluster: {
      kind: "text",
      value: "<name>",
      summary: "the cluster, as the app declares it",
      required: true,
    },
    people: {
      kind: "text",
      value: "<file>",
      summary: "CSV with what no server knows: kind, email, name, owner",
    },
    "as-is": { kind: "flag", summary: "declare every login by password as it is" },
    out: { kind: "text", value: "<folder>", summary: "the users folder to write to (default: users)" },
    "dry-run": { kind: "flag", summary: "report, and write nothing" },
    function: { kind: "text", value: "<name>", summary: `the preview function (default: ${PREVIEW})` },
    region: {
      kind: "text",
      value: "<name>",
      summary: "its region (default: that of the environment or profile)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const cluster = args.required("cluster");
    const region = await regionOf(args.text("region"), io);
    const target = { name: args.text("function") ?? PREVIEW, region };
    const inventory = await fetchInventory(target, cluster, io);
    const out = args.text("out") ?? "users";
    const folder = existsSync(out) ? readUsers(out) : new UsersFolder(out, []);
    const asIs = args.flag("as-is");
    const people = peopleOf(args.text("people"), inventory);
    const assembled = assembleDraft(inventory, { cluster, asIs, people, folder, now: io.now() });
    const { missing } = assembled.draft;
    if (missing.length > 0) return askForPeople(missing, args, io);
    if (assembled.inTheWay.length > 0) return refuse(assembled, args, io);
    return write(assembled, reportOf(inventory, assembled, { cluster, asIs }), args, io);
  },
};

function peopleOf(file: string | undefined, inventory: Inventory) {
  if (file === undefined) return new Map();
  if (!existsSync(file)) throw new UsageError(`\`--people\`: there is no file "${file}"`);
  const known = theirs(inventory).map(({ user }) => user);
  return parsePeople(readFileSync(file, "utf8"), file, known);
}

/** The table is all that is printed, so that it can become a file. */
function askForPeople(missing: AssembledDraft["draft"]["missing"], args: Arguments, io: Io): number {
  if (args.flag("json")) printJson(io, { missing });
  else io.out(peopleTemplate(missing));
  const names = missing.map(({ user }) => user).join(", ");
  io.err(
    `${counted(missing.length, "account has", "accounts have")} no row in the table of people: ${names}. ` +
      "Fill in the table above, one row for each, and give it with --people. Nothing was written.",
  );
  return 1;
}

function reportOf(
  inventory: Inventory,
  { draft, plan, roster, texts }: AssembledDraft,
  { asIs, cluster }: Pick<ImportReport, "asIs" | "cluster">,
): ImportReport {
  const ceiling = neededCeiling(roster);
  const props = { ceiling, ...defined(draft.names) };
  const isDefault =
    !(ceiling.global || ceiling.nativeRoles || ceiling.grantOption) &&
    ceiling.privileges.every(privilege => DEFAULT_CEILING_PRIVILEGES.includes(privilege));
  return {
    cluster,
    asIs,
    prefix: inventory.prefix,
    unmanaged: inventory.unmanaged,
    files: draft.files.map(({ accounts, stem }) => ({ file: `${stem}.yaml`, accounts })),
    texts: Object.fromEntries(texts),
    roles: draft.roles,
    leftOut: draft.leftOut,
    declared: draft.declared,
    nativeRoles: draft.nativeRoles,
    findings: findingsOf(inventory),
    knowsUse: inventory.used !== undefined,
    construct: { props, text: constructText(props), isDefault },
    statements: plan.statements.map(({ sql }) => sql),
    // Those of accounts that are left out are said there.
    notes: plan.notes.filter(
      note => !draft.leftOut.some(({ accounts }) => accounts.some(account => note.startsWith(`${account} `))),
    ),
    problems: plan.problems,
  };
}

/** Writes all files, or none. */
function write({ texts }: AssembledDraft, report: ImportReport, args: Arguments, io: Io): number {
  const out = args.text("out") ?? "users";
  const writes = !args.flag("dry-run");
  const written = (writes ? writeTexts(out, texts) : []).map(name => `${out}/${name}`);
  if (args.flag("json")) printJson(io, { ...report, written });
  else {
    io.out(reportText(report));
    io.out(writes ? `${counted(written.length, "file")} written to ${out}` : "Nothing was written.");
  }
  return 0;
}

/** Says which files are in the way. Nothing is written then. */
function refuse({ draft, inTheWay }: AssembledDraft, args: Arguments, io: Io): number {
  const out = args.text("out") ?? "users";
  if (args.flag("json")) printJson(io, { inTheWay, roles: draft.roles, written: [] });
  for (const name of inTheWay)
    io.err(
      name === ROLES_FILE
        ? `${out}/${name} exists, and is not overwritten. Add these roles to it, then import again:\n${yamlText(draft.roles)}`
        : `${out}/${name} exists, and is not overwritten. Import into another folder (--out), and put the grants together.`,
    );
  io.err("Nothing was written.");
  return 1;
}
