import { assembleStatements, type ObservedAccount, type StatementsRequest } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import {
  definedObject,
  observedAccount,
  observedState,
  rosterOf,
  withOptions,
} from "../../../support/observed";
import { EARLIER, NOW } from "../decisions/known";

const [OLD, NEW] = ["sl_jane.doe", "sl_jane.smith"];
const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const holding = (user: string, more: Partial<ObservedAccount> = {}) =>
  observedAccount(user, {
    databases: [row("orders", "SELECT", "DELETE"), row("shop", "SELECT")],
    ...more,
  });
const named = rosterOf({ [NEW]: { orders: "write", shop: { role: "read", expires: EARLIER! } } });
const smith = withOptions(named, NEW, { formerly: OLD });
const suspended = withOptions(smith, NEW, { suspended: true });
/** Objects that nobody reviewed name the account as their definer. */
const orphaned = {
  orphanedDefiners: [{ user: NEW, host: "%", objects: [definedObject("VIEW orders.v")] }],
};
/** It may not give INSERT on `orders`. */
const restricted = {
  grantable: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  restrictions: [{ database: "orders", privileges: ["INSERT"] }],
  revokesRestricted: true,
  revokesProxies: false,
};
const planOf = (
  accounts: readonly ObservedAccount[],
  roster: Roster,
  { state = {}, ...more }: Partial<StatementsRequest> & { state?: Parameters<typeof observedState>[1] },
) => {
  const plan = assembleStatements({
    roster,
    observed: observedState(accounts, state),
    now: NOW,
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [OLD],
    onlyCreate: false,
    ...more,
  });
  expect(plan.renames.size).toBe(0);
  expect([...plan.leftOut.keys()]).toEqual([NEW]);
  return plan.statements.map(({ sql }) => sql);
};
const REVOKES = (account: string) => [
  `REVOKE DELETE ON \`orders\`.* FROM ${account}`,
  `REVOKE SELECT ON \`shop\`.* FROM ${account}`,
];
const LOCK = `ALTER USER '${OLD}'@'%' ACCOUNT LOCK`;

describe("an account that is left out instead of renamed", () => {
  const members = [{ user: "sl_x", host: "%" }];

  it.each([
    ["objects name the new one as their definer", { state: orphaned }],
    ["the administrator may not give what is new", { administrator: restricted }],
  ])("loses by its former name what has expired and what nobody declared: %s", (_, more) => {
    expect(planOf([holding(OLD)], smith, more)).toEqual(REVOKES(`'${OLD}'@'%'`));
    expect(planOf([holding(OLD, { members })], smith, more)).toEqual(REVOKES(`'${OLD}'@'%'`));
    const elsewhere = { ...holding(NEW), host: "10.%" };
    expect(planOf([elsewhere], smith, more)).toEqual(REVOKES(`'${NEW}'@'10.%'`));
  });

  it("is locked by its former name if it is suspended", () => {
    for (const account of [holding(OLD), holding(OLD, { members })]) {
      const sql = planOf([account], suspended, { state: orphaned });
      expect(sql).toEqual([LOCK, ...REVOKES(`'${OLD}'@'%'`)]);
    }
  });

  it("loses it also if the new one exists and may not be completed", () => {
    const databases = [row("orders", "SELECT")];
    const sql = planOf([holding(OLD), holding(NEW, { databases })], smith, { administrator: restricted });
    expect(sql).toEqual(REVOKES(`'${OLD}'@'%'`));
  });

  it("keeps what is declared", () => {
    const databases = [row("orders", "SELECT")];
    expect(planOf([holding(OLD, { databases })], smith, { state: orphaned })).toEqual([]);
    expect(planOf([holding(OLD, { databases })], smith, { administrator: restricted })).toEqual([]);
  });
});

it("loses it as well if the run may only take from the declared one", () => {
  const { statements } = assembleStatements({
    roster: smith,
    observed: observedState([holding(OLD)]),
    now: NOW,
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [OLD],
    onlyCreate: false,
    onlyTakesFrom: () => true,
  });
  expect(statements.map(({ sql }) => sql)).toEqual(REVOKES(`'${OLD}'@'%'`));
});
