import { auditItemSchema, auditPartition, isRefusals } from "../../../core/audit";
import { byCodeUnit } from "../../../core/json";
import { printable } from "../../../core/printable";
import {
  type Arguments,
  type Command,
  type CommandOption,
  type Io,
  jsonOption,
  printJson,
} from "../../terminal/command";
import { parseTime } from "../../terminal/parse-time";
import { counted, shortened, tableText } from "../../terminal/table";
import { type AuditAccount, type AuditRow, RowJoiner } from "./audit-rows";
import { AuditTable } from "./audit-table";
import { formerNames } from "./former-names";
import { assertRecordedClusters, assertRecordedPeople } from "./recorded-names";

export const tableOption: CommandOption = {
  kind: "text",
  value: "<name>",
  summary: "the audit trail's table (default: aurora-users-audit)",
};
export const regionOption: CommandOption = {
  kind: "text",
  value: "<name>",
  summary: "the region (default: that of the environment or the AWS profile)",
};
export const openTable = (args: Arguments): Promise<AuditTable> =>
  AuditTable.open(args.text("table") ?? "aurora-users-audit", args.text("region"));

/** `aurora-users audit`: lists the statements of the audit trail with their results. */
export const audit: Command = {
  name: "audit",
  summary: "list the changes of access, from the audit trail",
  details: [
    "Needs dynamodb:Query on the table, and dynamodb:Scan if no cluster is named. A statement without a result was running",
    "when its function ended: its outcome is unknown. `aurora-users audit verify` says whether the trail is complete and unaltered.",
    "`who` and `reference` are what the caller of the function said, and prove nothing: CloudTrail has the identity that called it.",
  ].join("\n"),
  positionals: [],
  options: {
    person: {
      kind: "texts",
      value: "<name>",
      summary: "only this user name or account; may be given several times",
    },
    cluster: { kind: "texts", value: "<name>", summary: "only this cluster; may be given several times" },
    since: {
      kind: "text",
      value: "<time>",
      summary: "only from this time on: 2027-03-31, 2027-03-31T18:00Z, 7d, 24h",
    },
    until: { kind: "text", value: "<time>", summary: "only until this time; a date includes its day" },
    refused: { kind: "flag", summary: "also refused plans and payloads" },
    table: tableOption,
    region: regionOption,
    json: jsonOption,
  },
  async run(args, io) {
    const time = (option: string, edge: "start" | "end") => {
      const text = args.text(option);
      return text === undefined ? undefined : parseTime(option, text, io.now(), edge);
    };
    const since = time("since", "start");
    const until = time("until", "end");
    const table = await openTable(args);
    try {
      const rows: AuditRow[] = [];
      const names = new Set<string>();
      let read = 0;
      for (const chain of await chainsOf(table, args)) {
        const joiner = new RowJoiner();
        for await (const page of since
          ? [await table.itemsSince(chain, since)]
          : table.itemsAfter(chain, 0)) {
          for (const item of page) {
            const { data } = auditItemSchema.safeParse(item);
            if (data) joiner.add(data);
            else {
              const what = `${chain}: item ${item["sk"]} is not an audit item`;
              io.err(printable(`${what}; see \`aurora-users audit verify\``));
            }
          }
          read += page.length;
          io.progress?.(`${counted(read, "item")} read, now ${chain}`);
        }
        for (const { account, user } of joiner.rows.flatMap(({ accounts }) => accounts))
          for (const name of [account, user]) if (name) names.add(name);
        rows.push(...joiner.rows.filter(row => within(row, since, until)));
      }
      const isWhole = since === undefined && args.texts("cluster").length === 0;
      assertRecordedPeople(args.texts("person"), names, isWhole, io);
      print(ofPeople(rows, args.texts("person"), formerNames(rows)), args, io);
      return 0;
    } finally {
      io.progress?.("");
      table.close();
    }
  },
};

async function chainsOf(table: AuditTable, args: Arguments): Promise<string[]> {
  const named = args.texts("cluster");
  const refused = args.flag("refused");
  await assertRecordedClusters(table, named);
  if (named.length > 0)
    return named.flatMap(cluster => [cluster, ...(refused ? [auditPartition("refused", cluster)] : [])]);
  return (await table.chains()).filter(chain => refused || !isRefusals(chain));
}

function within({ when }: AuditRow, since: Date | undefined, until: Date | undefined): boolean {
  const time = Date.parse(when);
  return (since === undefined || time >= since.getTime()) && (until === undefined || time < until.getTime());
}

/** The rows that concern these people, also by a former name, each with their accounts only. */
function ofPeople(
  rows: readonly AuditRow[],
  people: readonly string[],
  former: ReturnType<typeof formerNames>,
): AuditRow[] {
  if (people.length === 0) return [...rows];
  const isMeant = ({ account, user }: AuditAccount) => people.some(name => name === account || name === user);
  return rows.flatMap(row => {
    const accounts = row.accounts.filter(one => isMeant(one) || former(row, one).some(isMeant));
    return accounts.length > 0 ? [{ ...row, accounts }] : [];
  });
}

const HEADING = ["WHEN", "CLUSTER", "ACCOUNT", "WHAT", "WHY", "WHO", "REFERENCE", "CHANGE SET", "RESULT"];
const ACCOUNTS_SHOWN = 3;

function print(found: AuditRow[], args: Arguments, io: Io): void {
  const rows = found.sort(
    (a, b) => byCodeUnit(a.when, b.when) || byCodeUnit(a.cluster, b.cluster) || a.seq - b.seq,
  );
  if (args.flag("json")) printJson(io, rows);
  else io.out(rows.length === 0 ? "nothing" : tableText(HEADING, rows.map(cellsOf)));
}

function cellsOf({
  when,
  cluster,
  accounts,
  what,
  cause,
  why,
  who = "",
  reference = "",
  changeSet = "",
  result,
}: AuditRow): string[] {
  const names = accounts.slice(0, ACCOUNTS_SHOWN).map(({ account }) => account);
  const more = accounts.length - names.length;
  const account = [...names, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
  const outcome = result.detail === undefined ? result.outcome : `${result.outcome}: ${result.detail}`;
  // The end of an ARN tells one person from another.
  const person = who.split(":").at(-1) ?? "";
  const cells = [
    shortened(what, 100),
    cause ?? why ?? "",
    shortened(person, 60),
    shortened(reference, 40),
    changeSet,
  ];
  return [when.replace(/\.\d+Z$/, "Z"), cluster, account, ...cells, shortened(outcome, 120)];
}
