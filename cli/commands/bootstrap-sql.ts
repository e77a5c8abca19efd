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
    "The functions log in as this account. It may create accounts, see what a run decides on, and give what the users",
    "folder declares for the cluster, on the databases where it is declared. Run the SQL as the master user, and again",
    "after the first grant on another database: the SQL only adds, and until then the plan names what is missing.",
    "By password: the server chooses it and shows it once. Put it into a secret with `username` and `password`.",
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
    json: jsonOption,
  },
  run(args, io) {
    const cluster = args.required("cluster");
    const administrator = {
      user: nameOf(args, "user", { standard: "aurora_users", longest: 32 }),
      host: nameOf(args, "host", { standard: "%", longest: 255 }),
      login: oneOf(args, "login", ["iam", "password"]),
      line: oneOf(args, "mysql", ["8.0", "8.4"]),
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
      for (const statement of statements) io.out(`${statement};`);
    }
    return 0;
  },
};

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
