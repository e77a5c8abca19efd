import { defined } from "../../../core/json";
import { printable } from "../../../core/printable";
import { parseReachAnswer, type ReachAnswer } from "../../../core/reach/reach-answer";
import { wayText } from "../../../core/reach/way";
import { type Command, type Io, jsonOption, printJson } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { fetchParts } from "../../terminal/fetch-parts";
import { regionOf } from "../../terminal/invoke-function";
import { counted, tableText } from "../../terminal/table";
import {
  clusterOf,
  clusterOption,
  declaredUsers,
  placeOf,
  placePositional,
  usersOption,
} from "./asked-place";

const PREVIEW = "aurora-users-preview";

/** `aurora-users reach`: who reads or writes a table by any way, as the live server says. */
export const reach: Command = {
  name: "reach",
  summary: "list who reads or writes a table by any way, as the live database says",
  details: [
    "The preview function reads the cluster; you need lambda:InvokeFunction on it, and no access to the database. Nothing",
    "changes there. Grants, roles, patterns, global privileges, views, and code that runs with another account's rights count,",
    "declared or not, the administrator included. READS and WRITES are `can`, `may` (code that nobody but a person can judge)",
    "or `could` (the account could give it to itself). Not considered: backups and replicas, logs, statistics of columns, errors,",
    "foreign keys, plugins.",
  ].join("\n"),
  positionals: [placePositional],
  options: {
    cluster: clusterOption,
    write: { kind: "flag", summary: "only who can, may or could write" },
    users: usersOption,
    function: { kind: "text", value: "<name>", summary: `the preview function (default: ${PREVIEW})` },
    region: {
      kind: "text",
      value: "<name>",
      summary: "its region (default: that of the environment or profile)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const target = placeOf(args.at(0)!);
    const declared = declaredUsers(args, { now: io.now() });
    const cluster = clusterOf(args, target, declared);
    const region = await regionOf(args.text("region"), io);
    const name = args.text("function") ?? PREVIEW;
    const request = { action: "reach" as const, cluster, ...defined({ ...target }) };
    const answer = await fetchParts({ name, region }, request, parseReachAnswer, io);
    if (answer.missing !== undefined) throw new UsageError(answer.missing);
    const files = new Map(declared?.users.map(({ file, username }) => [username, file]));
    const accounts = answer.rows
      .filter(({ writes }) => !args.flag("write") || writes !== undefined)
      .map(row => accountOf(row, files, args.flag("write")));
    const { unseen } = answer;
    if (args.flag("json")) printJson(io, { cluster, ...target, accounts, unseen });
    else print(accounts, unseen, io);
    return 0;
  },
};

/** A row as it is printed. */
export function accountOf(
  { closed, declared, host, kind, more, reads, user, ways, writes }: ReachAnswer["rows"][number],
  files: ReadonlyMap<string, string>,
  onlyWrites: boolean,
) {
  const ends = declared?.grants.map(({ expires }) => expires) ?? [];
  // The last one to end decides.
  const until = ends.includes(undefined) ? undefined : (ends as string[]).toSorted().at(-1);
  const teams = [...new Set(declared?.grants.flatMap(({ team }) => team ?? []))];
  const file = declared && !declared.source ? files.get(declared.user) : undefined;
  return {
    account: `${user}@${host}`,
    kind,
    ...defined({ reads, writes, closed, until, more }),
    ...(declared && {
      declared: {
        user: declared.user,
        ...defined({ file, source: declared.source, teams: teams.length > 0 ? teams : undefined }),
      },
    }),
    ways: ways
      .filter(way => way.writes || !onlyWrites)
      .map(({ role, setRole, handsOn, ...way }) => ({
        ...way,
        ...defined({ role, setRole, handsOn }),
        line: wayText({ ...way, role, setRole, handsOn }),
      })),
  };
}

type ShownAccount = ReturnType<typeof accountOf>;

const HEADING = ["ACCOUNT", "DECLARED", "READS", "WRITES", "UNTIL", "BY"];

function print(accounts: readonly ShownAccount[], unseen: readonly string[], io: Io): void {
  for (const lack of unseen) io.out(printable(`NOT COMPLETE: the administrator lacks ${lack}`));
  if (accounts.length === 0) {
    io.out("nobody");
    return;
  }
  const rows = accounts.flatMap(({ account, closed, more, reads, until, ways, writes, ...rest }) =>
    [
      ...ways.map(({ line }) => line),
      ...(more === undefined ? [] : [`and ${counted(more, "way")} more: the surest are listed`]),
    ].map((line, index) =>
      index > 0
        ? ["", "", "", "", "", line]
        : [
            closed === undefined ? account : `${account} (${closed})`,
            declaredText(rest),
            reads ?? "no",
            writes ?? "no",
            until ?? "",
            line,
          ],
    ),
  );
  io.out(tableText(HEADING, rows));
}

function declaredText({ declared, kind }: Pick<ShownAccount, "declared" | "kind">): string {
  if (kind === "administrator") return "the administrator";
  if (kind === "server") return "of the server";
  if (declared === undefined) return "UNDECLARED";
  const by = declared.file ?? (declared.source ? `source ${declared.source}` : declared.user);
  return [by, ...(declared.teams ?? []).map(team => `team ${team}`)].join(", ");
}
