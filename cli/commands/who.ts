import { canonicalJson } from "../../core/json";
import { csvText } from "../../core/matrix/csv-text";
import { endingOf } from "../../core/matrix/matrix";
import { type AccessRow, accessRows } from "../../core/roster/access-rows";
import { EVERYWHERE } from "../../core/roster/granted-object";
import { nearestHint } from "../../core/users/nearest";
import { readUsers } from "../../reader";
import { type Command, folderPositional, jsonOption, printJson } from "../terminal/command";
import { DAY_MS, daysOf } from "../terminal/days";
import { UsageError } from "../terminal/errors";
import { tableText } from "../terminal/table";

/** `aurora-users who`: lists who may reach which database, from the users folder. */
export const who: Command = {
  name: "who",
  summary: "list who may reach which database, from the users folder",
  details: "The databases are not asked: `cdktf diff` shows the difference to what a cluster holds now.",
  positionals: [folderPositional],
  options: {
    cluster: { kind: "texts", value: "<name>", summary: "only this cluster; may be given several times" },
    user: {
      kind: "texts",
      value: "<name>",
      summary: "only this user name, account or e-mail address; may be given several times",
    },
    ending: {
      kind: "text",
      value: "<days>",
      summary: "only what ends within this time, such as 30d",
    },
    csv: { kind: "flag", summary: "print CSV for spreadsheets" },
    json: jsonOption,
  },
  run(args, io) {
    const ending = args.text("ending");
    const soon = ending === undefined ? undefined : io.now().getTime() + daysOf("ending", ending) * DAY_MS;
    if (args.flag("csv") && args.flag("json"))
      throw new UsageError("`--csv` and `--json` are two answers: choose one");
    const { rosters } = readUsers(args.at(0) ?? "users").assemble({ now: io.now() });
    const all = Object.entries(rosters).flatMap(([cluster, roster]) => accessRows(cluster, roster));
    const clusters = known(
      args.texts("cluster"),
      "cluster",
      all.map(({ cluster }) => cluster),
    );
    const users = known(args.texts("user"), "user", all.flatMap(namesOf));
    const rows = all
      .filter(({ cluster }) => clusters.length === 0 || clusters.includes(cluster))
      .filter(row => users.length === 0 || namesOf(row).some(name => users.includes(name)))
      .filter(
        ({ expires }) =>
          soon === undefined || endingOf(expires, { now: io.now(), soon: new Date(soon) }) === "soon",
      );
    if (args.flag("json")) {
      printJson(io, rows);
      return 0;
    }
    if (args.flag("csv")) {
      io.out(csvText(csvRows(rows)));
      return 0;
    }
    if (rows.length === 0) {
      io.out("nobody");
      return 0;
    }
    const passed = (expires: string | undefined) =>
      expires && new Date(expires) <= io.now() ? `${expires} (passed)` : (expires ?? "");
    const hasOptions = rows.some(row => optionsText(row) !== "");
    const hasTeams = rows.some(({ team }) => team !== undefined);
    const heading = [
      ...["ACCOUNT", "CLUSTER", "DATABASE", "ROLE", "EXPIRES", "REASON"],
      ...(hasTeams ? ["TEAM"] : []),
      ...(hasOptions ? ["OPTIONS"] : []),
    ];
    io.out(
      tableText(
        heading,
        rows.map(row => [
          row.account,
          row.cluster,
          row.object === undefined || row.database === EVERYWHERE
            ? (row.object ?? row.database)
            : `${row.database}.${row.object}`,
          row.role,
          passed(row.expires),
          row.reason ?? "",
          ...(hasTeams ? [row.team ?? ""] : []),
          ...(hasOptions ? [optionsText(row)] : []),
        ]),
      ),
    );
    return 0;
  },
};

/**
 * The names, each of which some grant has: an answer about a misspelt name would be wrong.
 * @throws UsageError
 */
function known(names: readonly string[], option: string, used: readonly string[]): readonly string[] {
  const unknown = names.find(name => !used.includes(name));
  if (unknown === undefined) return names;
  const hint = nearestHint(unknown, [...new Set(used)], "the folder has no grants");
  throw new UsageError(`\`--${option}\`: no grant names "${unknown}"; ${hint}`);
}

const namesOf = ({ account, email, user }: AccessRow): string[] => [user, account, ...(email ? [email] : [])];

const CSV_HEADING = [
  "account",
  "user",
  "email",
  "cluster",
  "database",
  "object",
  "role",
  "expires",
  "reason",
];

const csvRows = (rows: readonly AccessRow[]): string[][] => [
  [...CSV_HEADING, "options", "team"],
  ...rows.map(({ account, cluster, database, email, expires, object, reason, role, team, user, ...rest }) =>
    [account, user, email, cluster, database, object, role, expires, reason]
      .map(cell => cell ?? "")
      .concat(optionsText(rest), team ?? ""),
  ),
];

/** `suspended; from 10.20.%; connections 5; x509`, or nothing. */
const optionsText = ({
  hosts = [],
  limits = {},
  suspended,
  tls,
}: Pick<AccessRow, "hosts" | "limits" | "suspended" | "tls">): string =>
  [
    ...(suspended ? ["suspended"] : []),
    ...(hosts.length > 0 ? [`from ${hosts.join(", ")}`] : []),
    ...Object.entries(limits).map(([name, limit]) => `${name} ${limit}`),
    ...(tls === undefined ? [] : [typeof tls === "string" ? tls : canonicalJson(tls)]),
  ].join("; ");
