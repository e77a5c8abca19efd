import { rows } from "../../../support/mysql-login";
import type { EnforcementFixture } from "../enforce/enforcement-fixture";
import type { FuzzRound } from "./fuzz-round";

/** Set once it is reported that a holder of one privilege on a database gets another one there. */
const MORE_ON_THE_SAME_DATABASE_IS_REPORTED = false;

/** By account: the lines of SHOW GRANTS, with what its roles give. */
export type Grants = ReadonlyMap<string, readonly string[]>;

/** What all accounts without the prefix hold, but for the server's own and the administrator. */
export async function grantsOfStrangers({ root }: Pick<EnforcementFixture, "root">): Promise<Grants> {
  const found = await rows(
    root,
    `SELECT User, Host FROM mysql.user WHERE User NOT REGEXP '^(sl_|mysql\\\\.|AWS_|rds)'
       AND User NOT IN ('root', 'admin')`,
  );
  const held = new Map<string, string[]>();
  for (const { Host, User } of found) {
    const account = `'${User}'@'${Host}'`;
    const edges = await rows(
      root,
      `SELECT FROM_USER, FROM_HOST FROM mysql.role_edges WHERE TO_USER = '${User}' AND TO_HOST = '${Host}'`,
    );
    const roles = edges.map(({ FROM_HOST, FROM_USER }) => `'${FROM_USER}'@'${FROM_HOST}'`).join(", ");
    const grants = await rows(root, `SHOW GRANTS FOR ${account}${roles ? ` USING ${roles}` : ""}`);
    held.set(
      account,
      grants.map(row => String(Object.values(row)[0])),
    );
  }
  return held;
}

/** What accounts without the prefix hold in addition is in a plan and in an event. */
export async function strangerProblems({ fixture, plans, strangersBefore }: FuzzRound): Promise<string[]> {
  const events = JSON.stringify(fixture.events("drift.detected"));
  const shown = plans.join("\n");
  const problems: string[] = [];
  for (const [account, grants] of await grantsOfStrangers(fixture)) {
    const before = strangersBefore.get(account) ?? [];
    for (const grant of grants.filter(one => !before.includes(one)))
      for (const line of linesFor(account, grant, before)) {
        if (!shown.includes(line)) problems.push(`no plan says "${line}": ${grant}`);
        if (!events.includes(line)) problems.push(`no event says "${line}": ${grant}`);
      }
  }
  return problems;
}

/** What plan and event must say about a new line of SHOW GRANTS. */
function linesFor(account: string, grant: string, before: readonly string[]): string[] {
  const [, what, on] = /^GRANT (.*?) ON (.*?) TO /.exec(grant) ?? [];
  if (what === undefined || on === undefined) return [];
  if (what === "PROXY") return [`${account} can act as ${on.replaceAll("`", "'")}`];
  const database = on === "*.*" ? on : /`(.*?)`/.exec(on)![1]!;
  const there = before.filter(line => line.includes(on === "*.*" ? " ON *.* " : ` \`${database}\`.`));
  const isOption = (line: string) => line.endsWith("WITH GRANT OPTION");
  const isNew = there.length === 0 || there.every(line => line.startsWith("GRANT USAGE "));
  return [
    ...(isOption(grant) && !there.some(isOption) ? [`${account} can grant on ${database}`] : []),
    ...(what !== "USAGE" && (isNew || MORE_ON_THE_SAME_DATABASE_IS_REPORTED)
      ? [`${account} reaches ${database}`]
      : []),
  ];
}
