import { lowerName } from "../catalogue/lower-case";
import { assembleStatements, effectsOf } from "../mysql";
import type { ObservedState } from "../mysql/observed-state";
import { filterAccounts, mapGrants, type Roster } from "../roster/roster";

/** A server without accounts. Names that it would spell otherwise are compared without case and escapes. */
const EMPTY_SERVER: ObservedState = {
  version: "8.0.39",
  partialRevokes: true,
  lowerCaseTableNames: 0,
  self: { user: "", host: "%" },
  iamLogins: true,
  lacks: [],
  inactiveRoles: [],
  accounts: [],
  anonymousHosts: [],
  outside: { grants: [], roles: [], proxies: [] },
  setsDefiners: true,
  mandatoryRoles: [],
  revocableRoles: "all",
  orphanedDefiners: [],
};

/** An effect as it is compared: servers differ in how they spell names of databases. */
export const factOf = (effect: string): string => lowerName(effect.replace(/\\+([_%])/g, "$1"));

/**
 * What a server holds whose accounts are as the roster says: the effects of the statements that make them on
 * an empty server, as facts. Only of the accounts that `isAsked` names.
 */
export function declaredFacts(
  roster: Roster,
  now: Date,
  isAsked: (account: string) => boolean,
): ReadonlySet<string> {
  const { statements } = assembleStatements({
    roster: withOwnLogins(filterAccounts(roster, isAsked)),
    observed: EMPTY_SERVER,
    now,
    prefix: "",
    unmanaged: "report",
    definers: "strip",
    previouslyDeclared: [],
    onlyCreate: false,
  });
  return new Set(statements.flatMap(({ sql }) => effectsOf(sql) ?? []).map(factOf));
}

/** An account that logs in as it does on the server is none that statements make: here, they are to. */
const withOwnLogins = (roster: Roster): Roster => ({
  ...roster,
  accounts: Object.fromEntries(
    Object.entries(roster.accounts).map(([name, account]) => {
      const { login, ...rest } = account;
      return [name, login === "existing" ? rest : account];
    }),
  ),
});

/** The roster as if no grant had an end. */
export const withoutEnds = (roster: Roster): Roster => ({
  ...roster,
  accounts: Object.fromEntries(
    Object.entries(roster.accounts).map(([name, account]) => [
      name,
      mapGrants(account, ({ grant: { expires: _, ...grant } }) => grant),
    ]),
  ),
});
