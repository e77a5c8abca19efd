import { defined } from "../../core/json";
import { databasesOf, grantsOf, type UserKind } from "../../core/roster/roster";
import type { AssembledUsers, Problem } from "../../core/users";
import { problemText, readUsers } from "../../reader";
import { type Command, folderPositional, jsonOption, printJson } from "../terminal/command";
import { counted } from "../terminal/table";

/** `aurora-users check`: reports every problem of a users folder. */
export const check: Command = {
  name: "check",
  summary: "report every problem of a users folder",
  details:
    "Exit code 1 if there is a problem, 0 if there are only warnings. The ceilings of clusters are part of the app:\n" +
    "`cdktf synth` checks them.",
  positionals: [folderPositional],
  options: {
    cluster: {
      kind: "texts",
      value: "<name>",
      summary: "a cluster that exists; give all of them: any other name is then a problem",
    },
    json: jsonOption,
  },
  run(args, io) {
    const folder = readUsers(args.at(0) ?? "users");
    const names = args.texts("cluster");
    const clusters = Object.fromEntries(names.map(name => [name, {}]));
    const found = folder.inspect({
      ...defined({ clusters: names.length > 0 ? clusters : undefined }),
      now: io.now(),
    });
    const failed = found.problems.length > 0;
    if (args.flag("json")) {
      const { problems, warnings } = found;
      printJson(io, { problems, warnings, summary: failed ? undefined : summaryOf(found) });
      return failed ? 1 : 0;
    }
    if (names.length === 0) io.err("Cluster names were not checked: give every cluster with --cluster.");
    const print = (label: string) => (problem: Problem) =>
      io.err(label + problemText(problem, at => folder.lineOf(at)));
    found.problems.forEach(print(""));
    found.warnings.forEach(print("warning: "));
    const warned = found.warnings.length > 0 ? `, ${counted(found.warnings.length, "warning")}` : "";
    if (failed) {
      const files = new Set(found.problems.map(({ file }) => file)).size;
      io.err(`${counted(found.problems.length, "problem")} in ${counted(files, "file")}${warned}`);
      return 1;
    }
    const summary = summaryOf(found);
    const people = counted(summary.people, "person", "people");
    const agents = summary.agents ? `, ${counted(summary.agents, "agent")}` : "";
    io.out(`${people}, ${counted(summary.services, "service")}${agents}, no problems${warned}`);
    for (const { cluster, accounts, databases, grants } of summary.clusters) {
      const within = `${counted(databases, "database")}, ${counted(grants, "grant")}`;
      io.out(`  ${cluster}: ${counted(accounts, "account")}, ${within}`);
    }
    return 0;
  },
};

function summaryOf({ users, rosters }: AssembledUsers) {
  const count = (of: UserKind) => users.filter(({ kind }) => kind === of).length;
  const [people, agents] = [count("person"), count("agent")];
  const clusters = Object.entries(rosters).map(([cluster, roster]) => {
    const accounts = Object.values(roster.accounts);
    const grants = accounts.flatMap(grantsOf);
    return {
      cluster,
      accounts: accounts.length,
      databases: new Set(databasesOf(roster)).size,
      grants: grants.length,
    };
  });
  const services = users.length - people - agents;
  return { people, services, ...defined({ agents: agents || undefined }), clusters };
}
