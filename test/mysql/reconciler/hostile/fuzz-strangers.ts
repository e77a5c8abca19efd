import { rows } from "../../../support/mysql-login";
import type { EnforcementFixture } from "../enforce/enforcement-fixture";
import type { FuzzRound } from "./fuzz-round";

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
  const texts = { plan: plans.join("\n"), event: JSON.stringify(fixture.events("drift.detected")) };
  const problems: string[] = [];
  for (const [account, grants] of await grantsOfStrangers(fixture)) {
    const before = strangersBefore.get(account) ?? [];
    for (const grant of grants.filter(one => !before.includes(one)))
      for (const [reader, text] of Object.entries(texts)) {
        const missing = gainsOf(grant, before).filter(gain => !says(text, account, gain));
        for (const gain of missing)
          problems.push(`no ${reader} says "${account} ${gain.join(" ")}": ${grant}`);
      }
  }
  return problems;
}

/** What an account got: how a line about it begins, and a privilege that it names. */
type Gain = readonly [line: string, privilege: string];

/** Whether a line of plan or event says it. A line lists at most some privileges. */
const says = (text: string, account: string, [line, privilege]: Gain): boolean =>
  text
    .split(`${account} ${line}`)
    .slice(1)
    .map(rest => rest.split(/ since |'@'%' /)[0]!)
    .some(rest => rest.includes(privilege) || rest.includes(" more"));

/** What a new line of SHOW GRANTS gives that the account did not have there or on the whole database. */
function gainsOf(grant: string, before: readonly string[]): Gain[] {
  const [, what, on] = /^GRANT (.*?) ON (.*?) TO /.exec(grant) ?? [];
  if (what === undefined || on === undefined) return [];
  if (what === "PROXY") return [[`can act as ${on.replaceAll("`", "'")}`, ""]];
  const database = on === "*.*" ? on : /`(.*?)`/.exec(on)![1]!;
  const places = [on, `\`${database}\`.*`];
  const had = before.filter(line => places.some(place => line.includes(` ON ${place} TO `)));
  const isOption = (line: string) => line.endsWith("WITH GRANT OPTION");
  const held = new Set(had.flatMap(privilegesIn));
  const reached = privilegesIn(grant).filter(privilege => privilege !== "USAGE" && !held.has(privilege));
  return [
    ...(isOption(grant) && !had.some(isOption) ? [[`can grant on ${database}`, ""] as const] : []),
    ...reached.map(privilege => [`reaches ${database}`, privilege] as const),
  ];
}

/** `SELECT, UPDATE` of ``GRANT SELECT, UPDATE (`a`) ON ...``. */
const privilegesIn = (grant: string): string[] =>
  /^GRANT (.*?) ON /
    .exec(grant)?.[1]
    ?.replace(/ \(.*?\)/g, "")
    .split(", ") ?? [];
