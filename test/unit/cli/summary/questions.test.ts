import { markdownText } from "../../../../cli/summary/markdown";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { NOW, planJson } from "../../../support/summary-plans";

const ROLES: Roster["roles"] = {
  read: ["SELECT"],
  write: ["SELECT", "INSERT"],
  admin: ["SELECT", "INSERT", "ALTER"],
};
const projects = { payments: { owner: { email: "pia@example.com" } } };
const person = (user: string, databases: RosterAccount["databases"], more: Partial<RosterAccount> = {}) => ({
  [`sl_${user}`]: { kind: "person" as const, user, databases, ...more },
});
const old = { old: { role: "read", expires: "2026-11-01T00:00:00Z" }, stays: { role: "read" } };

const before: Roster = {
  roles: ROLES,
  projects,
  accounts: {
    ...person("bob", { shop: { role: "write" } }),
    ...person("eve", { shop: { role: "read" } }),
    ...person("old", old),
    ...person("tom", { shop: { role: "read", expires: "2026-12-01T00:00:00Z" } }),
    ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => Object.entries(person(`p${n}`, {}))[0]!)),
  },
};
const after: Roster = {
  roles: ROLES,
  projects,
  accounts: {
    ...person("bob", { shop: { role: "read" } }),
    ...person("eve", { shop: { role: "read" } }),
    ...person("old", old),
    ...person("tom", { shop: { role: "read", expires: "2027-01-01T00:00:00Z" } }),
    ...person(
      "jane",
      {
        payments: {
          role: "admin",
          expires: "2026-12-24T00:00:00Z",
          reason: "INC-7",
          project: "payments/prod",
        },
      },
      { name: "Jane Doe" },
    ),
    ...person("svc", { shop: { role: "read" } }, { kind: "service" }),
    ...Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => Object.entries(person(`p${n}`, { shop: { role: "read" } }))[0]!),
    ),
  },
};
const text = markdownText(
  summarizePlan(
    readPlan(
      planJson([
        {
          cluster: "orders",
          before,
          after,
          statements: [
            "DROP USER 'sl_mallory'@'%'",
            "REVOKE INSERT ON `shop`.* FROM 'sl_bob'@'%'",
            "REVOKE SELECT ON `old`.* FROM 'sl_old'@'%'",
          ],
        },
        {
          cluster: "billing",
          before,
          after: before,
          status: "unverified",
          preview: { verified: false, summary: "billing: no connection" },
        },
      ]),
      "plan.json",
      NOW,
    ),
  ),
);
const first = text.split("\n").slice(0, 25);

/** Twenty questions of a reviewer, and where the answer is. docs/summary.md has the same list. */
const QUESTIONS: readonly (readonly [string, RegExp])[] = [
  ["How many people gain?", /^\*\*10 people and 1 service gain/],
  ["How many lose?", /^\*\*.* 1 person loses|^\*\*.* 1 loses/],
  [
    "What is the highest access that somebody gains, and is it new?",
    /^\*\*.*highest: `admin` on payments \(new\)/,
  ],
  ["Who gains it?", /^\| gains \| `Jane Doe` `sl_jane` /],
  ["On which cluster and database?", /^\| gains \| .*`sl_jane` \| `orders` \| `payments` \|/],
  ["What could they do there before?", /^\| gains \|.*`sl_jane`.*\| `payments` \| no access \| `admin` \|/],
  ["Until when?", /^\| gains \|.*`sl_jane`.*\| 2026-12-23 \|/],
  ["Why?", /^\| gains \|.*`sl_jane`.*\| `INC-7` \|/],
  ["Who answers for it?", /^\| gains \|.*`sl_jane`.*\| `pia@example\.com` \|/],
  ["What should I look at twice?", /^\| gains \|.*`sl_jane`.*\*\*first administrator\*\*/],
  ["Who loses what?", /^\| LOSES \| `sl_bob` \| `orders` \| `shop` \| `write` \| `read` \|/],
  ["Is one of them no person?", /^\| gains \| service `sl_svc`/],
  ["Whose end only moves?", /^\| changes \| `sl_tom`.*2026-12-31.*longer/],
  ["What could not be verified?", /^- ⚠️ `billing`: `NOT VERIFIED.*no connection`/],
  ["How much of the plan was compared with a database?", /^- Verified: 1 cluster of 2/],
  [
    "Who planned it, for what?",
    /^- Planned by `arn:aws:sts::123456789012:assumed-role\/planner\/ci` for `INC-1301`/,
  ],
  ["Can it be undone, and how?", /can be undone: .*`aurora-users undo cs-20261120T110740Z-bbdba2ec`/],
  [
    "Whose sessions end?",
    /^- Sessions end \(3\): `sl_bob on orders`, `sl_mallory on orders`, `sl_old on orders`/,
  ],
  ["How much SQL runs, and is it intended or drift?", /^- SQL: 3 statements, 1 effect of drift/],
  ["Who loses only what has expired?", /expired access is taken from `sl_old`/],
  ["What is drift?", /^\| drift \| of no file `sl_mallory` .* `dropped`/],
];

describe("the first 25 lines of a plan with up to 15 changes", () => {
  it("has one row for each change", () => {
    expect(first.filter(line => /^\| (gains|LOSES|changes|drift) /.test(line))).toHaveLength(14);
  });

  it.each(QUESTIONS)("answer: %s", (_, answer) => {
    expect(first.filter(line => answer.test(line))).not.toEqual([]);
  });

  it("are enough for 15 rows with a warning", () => {
    expect(text.split("\n").findIndex(line => line.startsWith("| gains "))).toBe(10);
  });
});
