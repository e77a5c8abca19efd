import { withoutBroken } from "../core/decisions/rules/within-rules";
import type { Roster } from "../core/roster/roster";
import { ruleViolations } from "../core/rules";
import { MAX_DOCUMENT_GRANTS } from "../core/source/source-document";
import { against, type Figure, measured, type Part } from "./figure";
import { takeTurns } from "./measure";

const [USERS, PATTERNS, PLACES, DATABASES] = [10_000, 2_000, 1_000, 500];
const RULES = 5;
/** Compared with what it takes to read the same roster from its JSON, rules included. */
const AIM = 60;
/** The same for a document that is wrong everywhere: each grant by each rule has parts of a message. */
const AIM_WRONG = 500;
const NOW = new Date("2026-11-20T12:00:00Z");

const named = (count: number, name: string) => Array.from({ length: count }, (_, at) => `${name}${at}`);
const rightOn = (databases: readonly string[]) => ({ role: "write", strength: "change", databases });
const timesMany = (rule: object) => Object.fromEntries(named(RULES, "r").map(name => [name, rule]));

const rosterOf = (count: number, grants: (at: number) => object, rules: object): Roster => ({
  roles: { write: ["INSERT"] },
  accounts: Object.fromEntries(
    named(count, "u").map((user, at) => [
      `sl_${user}`,
      { kind: "person", user, databases: {}, ...grants(at) },
    ]),
  ) as unknown as Roster["accounts"],
  rules: rules as NonNullable<Roster["rules"]>,
});

/** The time to judge large rosters by rules, and a document that is wrong in each grant by each rule. */
export const judgeRules: Part = async say => {
  const places = named(PLACES, "d");
  const onMany = (at: number) => ({ databases: { [`d${at % 50}`]: { role: "write", reason: `INC-${at}` } } });
  const patterns = (at: number) => ({ objects: { [`PATTERN \`%${at}%\``]: { role: "write" } } });
  const few = { mostHolders: { ...rightOn(places), most: 1, per: "database" } };
  const all = MAX_DOCUMENT_GRANTS / DATABASES;
  const whole = {
    databases: Object.fromEntries(named(DATABASES, "d").map(name => [name, { role: "write" }])),
  };
  const ends = timesMany({ endWithin: { ...rightOn(places), days: 3 } });
  const figures: Figure[] = [];
  const compare = async (what: string, roster: Roster, judge: () => unknown, aim = AIM) => {
    say(what);
    const text = JSON.stringify(roster);
    const times = await takeTurns(
      { judge: { run: judge }, read: { run: () => JSON.parse(text) } },
      { runs: 3, warmUps: 0 },
    );
    figures.push(against(measured(what, "ms", times.judge), "JSON.parse of the roster", times.read, aim));
  };
  const judged = (what: string, roster: Roster) =>
    compare(what, roster, () => ruleViolations([{ cluster: "orders", roster }], NOW));
  const together = timesMany({ neverTogether: [rightOn(["d1"]), rightOn(["d2"])] });
  await judged(`${USERS} users by ${RULES} rules`, rosterOf(USERS, onMany, together));
  await judged(`${PATTERNS} patterns on ${PLACES} databases`, rosterOf(PATTERNS, patterns, { few }));
  const document = rosterOf(all, () => whole, ends);
  const source = { name: "s", own: {}, roster: { roles: document.roles, accounts: document.accounts } };
  const reviewed = { roles: {}, accounts: {}, ...(document.rules && { rules: document.rules }) };
  const judgeSource = () => withoutBroken(source, [], reviewed, { cluster: "orders", now: NOW });
  const what = `a document of ${MAX_DOCUMENT_GRANTS} wrong grants, ${RULES} rules`;
  await compare(what, document, judgeSource, AIM_WRONG);
  return figures;
};
