import { readerOf } from "../../core/contract/endpoint-region";
import { defined } from "../../core/json";
import { isInner, objectText } from "../../core/roster/granted-object";
import { grantsOf, type Roster } from "../../core/roster/roster";
import { onlyReads } from "../../core/users/only-reads";
import { readUsers } from "../../reader";
import { accountOfName } from "../login/account";
import { callerIdentity } from "../login/caller";
import { placesOf } from "../login/find-cluster";
import { regionFor } from "../login/make-token";
import {
  type Arguments,
  type Command,
  folderPositional,
  type Io,
  jsonOption,
  printJson,
} from "../terminal/command";
import { tableText } from "../terminal/table";

/** `aurora-users whoami`: where a person has access, in which role and until when. */
export const whoami: Command = {
  name: "whoami",
  summary: "list where you have access, in which role and until when",
  details:
    "Your name is that of your AWS session, which AWS STS is asked for, and your grants are those of the users folder.\n" +
    "The endpoint is that of the last synthesis or of a local state. With an account that only reads it is the\n" +
    "reader endpoint.",
  positionals: [folderPositional],
  options: {
    as: {
      kind: "text",
      value: "<name>",
      summary: "another user name, account or e-mail address; AWS is not asked",
    },
    region: { kind: "text", value: "<name>", summary: "the region of AWS STS (default: the environment's)" },
    json: jsonOption,
  },
  async run(args, io) {
    const { rosters, settings } = readUsers(args.at(0) ?? "users").assemble({ now: io.now() });
    const { arn, name } = await personOf(args, io);
    const rows = Object.entries(rosters).flatMap(([cluster, roster]) =>
      accessTo(cluster, roster, { name, prefix: settings.prefix }),
    );
    if (args.flag("json")) {
      printJson(io, { ...defined({ arn }), name, access: rows });
      return 0;
    }
    if (arn !== undefined) io.out(`${name} (${arn})`);
    if (rows.length === 0) {
      io.out(`No grant of the users folder is for ${name}.`);
      return 0;
    }
    const passed = (expires: string) => (new Date(expires) <= io.now() ? `${expires} (passed)` : expires);
    const hasTeams = rows.some(({ team }) => team !== undefined);
    io.out(
      tableText(
        ["ACCOUNT", "CLUSTER", "ENDPOINT", "ON", "ROLE", "UNTIL", ...(hasTeams ? ["TEAM"] : [])],
        rows.map(row => [
          row.suspended ? `${row.account} (suspended)` : row.account,
          row.cluster,
          row.endpoint ?? "",
          row.on,
          row.role,
          row.expires === undefined ? "" : passed(row.expires),
          ...(hasTeams ? [row.team ?? ""] : []),
        ]),
      ),
    );
    return 0;
  },
};

async function personOf(args: Arguments, io: Io): Promise<{ readonly name: string; readonly arn?: string }> {
  const given = args.text("as");
  if (given !== undefined) return { name: given };
  return callerIdentity(await regionFor("", args.text("region"), io), io);
}

interface Access {
  readonly account: string;
  readonly cluster: string;
  /** Where the account is used: for one that only reads the reader endpoint. Absent: nothing here says it. */
  readonly endpoint?: string | undefined;
  readonly on: string;
  readonly role: string;
  readonly expires?: string | undefined;
  readonly suspended?: true | undefined;
  /** The team that the grant is of. Absent: it is the account's own. */
  readonly team?: string | undefined;
}

interface Person {
  readonly name: string;
  readonly prefix: string;
}

function accessTo(cluster: string, roster: Roster, { name, prefix }: Person): Access[] {
  const account = accountOfName(roster.accounts, name, prefix);
  const details = account === undefined ? undefined : roster.accounts[account];
  if (account === undefined || details === undefined) return [];
  const hosts = [...new Set(placesOf(cluster).map(place => place.host))];
  const grants = grantsOf(details);
  const isReader = onlyReads(roster, details);
  const endpoints = hosts.map(host => (isReader ? (readerOf(host) ?? host) : host));
  return grants.map(({ database, grant, object }) => ({
    account,
    cluster,
    ...defined({ endpoint: endpoints.join(", ") || undefined }),
    on:
      object === undefined
        ? database
        : isInner(object)
          ? `${database}.${objectText(object)}`
          : objectText(object),
    role: grant.role,
    ...defined({ expires: grant.expires, suspended: details.suspended, team: grant.team }),
  }));
}
