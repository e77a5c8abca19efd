import { administratorStatements, quoteAccount } from "../../core/mysql";
import { nearestHint } from "../../core/users/nearest";
import { readUsers } from "../../reader";
import { type Arguments, type Command, folderPositional, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";

/** `aurora-users bootstrap-sql`: the SQL that makes the smallest administrator of a cluster. */
export const bootstrapSql: Command = {
  name: "bootstrap-sql",
  summary: "print the SQL that makes the smallest administrator of a cluster",
  details: [
    "The functions log in as this account. It can create accounts, see what a run decides on, and give what the users",
    "folder declares for the cluster. It is smaller than the master user, and not harmless: by CREATE USER it can take",
    "over the master user, and by the privileges on definers it can act as others. Guard its login as the master's.",
    "Run the SQL as the master user. Run it again with --existing after the first grant on another database, a new",
    "privilege in a role or a global privilege: the SQL only adds, and until then the plan names what is missing.",
    "What accounts from Parameter Store get is declared in the app, and not in the users folder: give their roles'",
    "privileges on their databases by hand. By password: the server chooses it and shows it once. Put it into a",
    "secret with `username` and `password`.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    cluster: {
      kind: "text",
      value: "<name>",
      summary: "the cluster, as the users folder names it",
      required: true,
    },
    user: { kind: "text", value: "<name>", summary: "the administrator's account (default: aurora_users)" },
    host: { kind: "text", value: "<host>", summary: "from where it logs in (default: %)" },
    login: { kind: "text", value: "<way>", summary: "iam (default) or password" },
    mysql: {
      kind: "text",
      value: "<line>",
      summary: "8.0 (default, Aurora MySQL 3) or 8.4: privileges on definers have other names there",
    },
    "partial-revokes": {
      kind: "text",
      value: "<mode>",
      summary:
        "on (default, Aurora) or off: what SELECT @@partial_revokes says; off reads _ and % as wildcards",
    },
    existing: { kind: "flag", summary: "the account is there already: print its grants alone" },
    json: jsonOption,
  },
  run(args, io) {
    const cluster = args.required("cluster");
    const administrator = {
      user: nameOf(args, "user", { standard: "aurora_users", longest: 32 }),
      host: nameOf(args, "host", { standard: "%", longest: 255 }),
      login: oneOf(args, "login", ["iam", "password"]),
      line: oneOf(args, "mysql", ["8.0", "8.4"]),
      partialRevokes: oneOf(args, "partial-revokes", ["on", "off"]) === "on",
      exists: args.flag("existing"),
    } as const;
    const { rosters } = readUsers(args.at(0) ?? "users").assemble({ now: io.now() });
    if (!Object.hasOwn(rosters, cluster))
      throw new UsageError(
        `no grant of the users folder is on the cluster "${cluster}"; ${nearestHint(cluster, Object.keys(rosters), "")}`,
      );
    const statements = administratorStatements(rosters[cluster]!, administrator);
    if (args.flag("json")) printJson(io, { cluster, administrator, statements });
    else {
      io.out(
        `-- The smallest administrator ${quoteAccount(administrator)} of ${cluster}. Run it as the master user.`,
      );
      for (const line of WARNING) io.out(`-- ${line}`);
      for (const statement of statements) io.out(`${statement};`);
    }
    return 0;
  },
};

/** What the reader of the SQL has to know before running it. */
const WARNING = [
  "It can take over the server: CREATE USER changes the master user's password. It is smaller, not harmless.",
  "A global privilege WITH GRANT OPTION lets it give all its static ones, CREATE USER included, to anyone.",
  "SHOW_ROUTINE is refused before Aurora MySQL 3.04: give SELECT ON *.* in its place there.",
] as const;

function oneOf<T extends string>(args: Arguments, option: string, values: readonly [T, ...T[]]): T {
  const given = args.text(option) ?? values[0];
  const found = values.find(value => value === given);
  if (found !== undefined) return found;
  throw new UsageError(
    `\`--${option}\` is ${values.map(value => `\`${value}\``).join(" or ")}, got "${given}"`,
  );
}

/** A name that MySQL takes in an account, without control characters. */
function nameOf(
  args: Arguments,
  option: string,
  { longest, standard }: { readonly longest: number; readonly standard: string },
): string {
  const given = args.text(option) ?? standard;
  if (given.length > 0 && given.length <= longest && !/\p{C}/u.test(given)) return given;
  throw new UsageError(`\`--${option}\` has 1 to ${longest} characters, none of them invisible`);
}
