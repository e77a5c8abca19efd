import type { AllLimits, LimitName } from "../roster/account-options";
import { quoteEvent } from "./defined-objects";
import { IAM_LOGIN, LIMIT_NAMES, LIMIT_WORDS, type LoginTerms, PLAIN_TERMS } from "./iam-login";
import type { AccountId, DefinedObject } from "./observed-state";
import { lifetimeText, MAY_RETURN, PASSWORD_LOGIN } from "./password-login";
import { quoteAccount } from "./quote";
import type { SqlScanner } from "./sql-scanner";

/**
 * The text of a statement: `before`, the accounts (each followed by `each`) with commas between, then
 * `after`.
 */
export interface StatementText {
  readonly before: string;
  readonly each?: string;
  readonly after?: string;
}

/** One kind of statement: how it is written, and how its effects are read from the SQL again. */
interface StatementForm<Arguments extends readonly unknown[]> {
  /** The statement's first words, by which `effectsOf` finds the form. */
  readonly head: string;
  readonly write: (...args: Arguments) => StatementText;
  /** The effects of a statement whose `head` the scanner is past. @throws UnknownSyntaxError */
  readonly read: (scan: SqlScanner) => string[];
}

const effect = (verb: string, account: AccountId, ...rest: string[]): string =>
  [verb, quoteAccount(account), ...rest].join("|");

/** A statement that says nothing but its accounts. */
const accounts = (verb: string, text: StatementText): StatementForm<[]> => ({
  head: `${text.before} `,
  write: () => text,
  read: scan => {
    const found = scan.accounts(text.each);
    scan.need(text.after ?? "");
    return found.map(account => effect(verb, account));
  },
});

/** Gives or takes privileges on a database, table or routine. */
const privileges = (verb: string, head: string, preposition: string) =>
  ({
    head: `${head} `,
    write: (items, object) => ({ before: `${head} ${items.join(", ")} ON ${object} ${preposition}` }),
    read: scan => {
      const items = scan.list(() => scan.privilege()).flat();
      scan.need(" ON ");
      const object = scan.object();
      scan.need(` ${preposition} `);
      return scan.accounts().flatMap(account => items.map(item => effect(verb, account, object, item)));
    },
  }) satisfies StatementForm<[items: readonly string[], object: string]>;

/** Gives or takes the use of another account: as a role, or by proxy. */
const otherAccount = (verb: string, head: string, preposition = "FROM") =>
  ({
    head: `${head} `,
    write: other => ({ before: `${head} ${quoteAccount(other)} ${preposition}` }),
    read: scan => {
      const other = scan.account();
      scan.need(` ${preposition} `);
      return scan.accounts().map(account => effect(verb, account, quoteAccount(other)));
    },
  }) satisfies StatementForm<[other: AccountId]>;

/** Makes roles the default roles of accounts, in place of all that they had. */
const setDefaultRoles = {
  head: "SET DEFAULT ROLE ",
  write: roles => ({ before: `SET DEFAULT ROLE ${roles.map(quoteAccount).join(", ")} TO` }),
  read: scan => {
    const roles = scan.accounts();
    scan.need(" TO ");
    return scan
      .accounts()
      .flatMap(account => roles.map(role => effect("default-role", account, quoteAccount(role))));
  },
} satisfies StatementForm<[roles: readonly AccountId[]]>;

const rename = {
  head: "RENAME USER ",
  write: to => ({ before: "RENAME USER", after: ` TO ${quoteAccount(to)}` }),
  read: scan => {
    const from = scan.account();
    scan.need(" TO ");
    return [effect("rename", from, quoteAccount(scan.account()))];
  },
} satisfies StatementForm<[to: AccountId]>;

/**
 * Switches an event of the account off or on. Without the clause DEFINER, the administrator would become its
 * definer.
 */
const event = (verb: string, state: "DISABLE" | "ENABLE") =>
  ({
    head: "ALTER DEFINER = ",
    write: object => ({ before: "ALTER DEFINER =", after: ` EVENT ${quoteEvent(object)} ${state}` }),
    read: scan => {
      const account = scan.account();
      scan.need(" EVENT ");
      const object = scan.object();
      scan.need(` ${state}`);
      return [effect(verb, account, object)];
    },
  }) satisfies StatementForm<[object: Pick<DefinedObject, "database" | "name">]>;

const limitsText = (limits: AllLimits, names: readonly LimitName[]): string =>
  names.length === 0 ? "" : ` WITH ${names.map(name => `${LIMIT_WORDS[name]} ${limits[name]}`).join(" ")}`;

/** Sets the login of accounts, with what it has to keep to. Only what is not the default is an effect. */
const login = (
  verb: string,
  head: string,
  limited: (limits: AllLimits) => readonly LimitName[],
  tail = "",
): StatementForm<[terms?: LoginTerms]> => ({
  head: `${head} `,
  write: ({ expiresAfterDays, limits, login, tls } = PLAIN_TERMS) => {
    const password = login ? lifetimeText(expiresAfterDays) + MAY_RETURN : "";
    return {
      before: head,
      each: login ? PASSWORD_LOGIN : IAM_LOGIN,
      after: ` REQUIRE ${tls}${limitsText(limits, limited(limits))}${password}${tail}`,
    };
  },
  read: scan => {
    const passwords: AccountId[] = [];
    const found = scan.list(() => {
      const account = scan.account();
      if (scan.take(PASSWORD_LOGIN)) passwords.push(account);
      else scan.need(IAM_LOGIN);
      return account;
    });
    scan.need(" REQUIRE ");
    const tls = scan.requirement();
    const limits = scan.take(" WITH ") ? scan.limits() : [];
    const days = passwords.length > 0 ? scan.passwordDays() : undefined;
    if (passwords.length > 0) scan.need(MAY_RETURN);
    scan.need(tail);
    const terms = [
      ...(days === undefined ? [] : [["password-days", days] as const]),
      ...(tls === PLAIN_TERMS.tls ? [] : [["tls", tls] as const]),
      ...limits.filter(limit => !limit.endsWith(" 0")).map(limit => ["limit", limit] as const),
    ];
    return found.flatMap(account => [
      effect(verb, account),
      ...(passwords.includes(account) ? [effect("password", account)] : []),
      ...terms.map(([what, text]) => effect(what, account, text)),
    ]);
  },
});
const declaredLimits = (limits: AllLimits) => LIMIT_NAMES.filter(name => limits[name] !== 0);

const requireTls = {
  head: "ALTER USER ",
  write: tls => ({ before: "ALTER USER", after: ` REQUIRE ${tls}` }),
  read: scan => {
    const found = scan.accounts();
    scan.need(" REQUIRE ");
    const tls = scan.requirement();
    return found.map(account => effect("tls", account, tls));
  },
} satisfies StatementForm<[tls: string]>;

const setLimits = {
  head: "ALTER USER ",
  write: (limits, names) => ({ before: "ALTER USER", after: limitsText(limits, names) }),
  read: scan => {
    const found = scan.accounts();
    scan.need(" WITH ");
    const limits = scan.limits();
    return found.flatMap(account => limits.map(limit => effect("limit", account, limit)));
  },
} satisfies StatementForm<[limits: AllLimits, names: readonly LimitName[]]>;

/** Every statement that is ever written. Nothing else is understood when a plan is read. */
export const FORMS = {
  create: login("create", "CREATE USER", declaredLimits),
  createLocked: login("create", "CREATE USER", declaredLimits, " ACCOUNT LOCK"),
  changeLogin: login("login", "ALTER USER", () => LIMIT_NAMES),
  requireTls,
  setLimits,
  discardOldPassword: accounts("discard", { before: "ALTER USER", each: " DISCARD OLD PASSWORD" }),
  unblock: accounts("unblock", {
    before: "ALTER USER",
    after: " FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0",
  }),
  dropSecondFactor: accounts("one-factor", { before: "ALTER USER", each: " DROP 2 FACTOR" }),
  dropBothFactors: accounts("one-factor", { before: "ALTER USER", each: " DROP 2 FACTOR DROP 3 FACTOR" }),
  lock: accounts("lock", { before: "ALTER USER", after: " ACCOUNT LOCK" }),
  unlock: accounts("unlock", { before: "ALTER USER", after: " ACCOUNT UNLOCK" }),
  drop: accounts("drop", { before: "DROP USER" }),
  rename,
  grant: privileges("grant", "GRANT", "TO"),
  revoke: privileges("revoke", "REVOKE", "FROM"),
  revokeProxy: otherAccount("revoke-proxy", "REVOKE PROXY ON"),
  grantRole: otherAccount("grant-role", "GRANT", "TO"),
  revokeRole: otherAccount("revoke-role", "REVOKE"),
  setDefaultRoles,
  disableEvent: event("disable-event", "DISABLE"),
  enableEvent: event("enable-event", "ENABLE"),
} as const;
