import { byCodeUnit } from "../json";
import { quoteAccount } from "../mysql";
import { objectName } from "../mysql/defined-objects";
import { IAM_PLUGIN } from "../mysql/iam-login";
import { isSystemAccount } from "../roster/account-name";
import type { Inventory, InventoryAccount } from "./inventory";

/** What the report says of the server, whatever is imported. */
export interface Finding {
  readonly finding: string;
  /** What it means, as a sentence. */
  readonly title: string;
  /** Accounts as SQL names them, or objects. */
  readonly on: readonly string[];
  /** What a person does. */
  readonly todo: string;
}

interface Kind {
  readonly finding: string;
  readonly title: string;
  readonly todo: string;
  readonly has: (account: InventoryAccount) => boolean;
}

const NATIVE = "mysql_native_password";
/** The plug-ins of passwords. Another one without a text (LDAP, Kerberos) proves logins elsewhere. */
const PASSWORD_PLUGINS: readonly string[] = [NATIVE, "caching_sha2_password", "sha256_password"];
const takesLogins = ({ locked }: InventoryAccount): boolean => !locked;
const isByPassword = ({ plugin, proof }: InventoryAccount): boolean =>
  proof === "secret" && plugin !== IAM_PLUGIN;

/** Whether the account is a role: it is made so that nobody can log in to it. */
export const isRole = ({ locked, passwordExpired, proof }: InventoryAccount): boolean =>
  locked && passwordExpired && proof === "none";

const KINDS: readonly Kind[] = [
  {
    finding: "empty-password",
    title: "Accounts that anybody logs in to without a password",
    todo: "Lock or drop them, or give them a password.",
    has: account =>
      takesLogins(account) && account.proof === "none" && PASSWORD_PLUGINS.includes(account.plugin),
  },
  {
    finding: "any-host-password",
    title: "Accounts that log in by password from every host (`%`)",
    todo: "Let people log in by IAM token (leave `login` out of their files), or narrow `hosts`.",
    has: account => takesLogins(account) && account.host === "%" && isByPassword(account),
  },
  {
    finding: "native-password",
    title: `Accounts that log in by ${NATIVE}, which MySQL 8.4 switches off and 9.0 no longer has`,
    todo: "Change them to `login: iam`, or services to `login: password`, before an upgrade.",
    has: ({ plugin }) => plugin === NATIVE,
  },
  {
    finding: "grant-option",
    title: "Accounts that may hand on what they have (GRANT OPTION)",
    todo: "Take it from them, unless handing on access is what they are for.",
    has: account =>
      account.globalGrantOption ||
      account.dynamicPrivileges.some(({ grantOption }) => grantOption) ||
      account.roles.some(({ adminOption }) => adminOption) ||
      [...account.databases, ...account.tables, ...account.routines].some(({ grantOption }) => grantOption),
  },
  {
    finding: "global-privileges",
    title: "Accounts with privileges on the whole server",
    todo: "Grant these on databases instead, where the privilege exists there.",
    has: ({ dynamicPrivileges, globalPrivileges }) => globalPrivileges.length + dynamicPrivileges.length > 0,
  },
];

/** What the report says of the server, in a fixed order; only what there is. */
export function findingsOf(inventory: Inventory): Finding[] {
  const { observed } = inventory;
  const accounts = theirs(inventory).filter(account => !isRole(account));
  const found: Finding[] = [
    {
      finding: "anonymous",
      title: "Accounts without a name, which take the logins of others from their hosts",
      on: [...observed.anonymousHosts].sort(byCodeUnit).map(host => quoteAccount({ user: "", host })),
      todo: "Drop them.",
    },
    ...KINDS.map(({ has, ...kind }) => ({ ...kind, on: quotedAll(accounts.filter(has)) })),
    {
      finding: "dead-definers",
      title: "Objects whose definers do not exist: they fail, or run for the next account of that name",
      on: observed.orphanedDefiners
        .flatMap(({ objects, ...account }) =>
          objects.map(object => `${objectName(object)} of ${quoteAccount(account)}`),
        )
        .sort(byCodeUnit),
      todo: "Give them another definer, or drop them.",
    },
    unusedFinding(inventory, accounts),
  ];
  return found.filter(({ on }) => on.length > 0).map(order);
}

const order = ({ finding, on, title, todo }: Finding): Finding => ({ finding, title, on, todo });

function unusedFinding({ used }: Inventory, accounts: readonly InventoryAccount[]): Finding {
  const users = new Set(used?.users);
  const days = used?.days === 1 ? "1 day" : `${used?.days} days`;
  return {
    finding: "unused",
    title:
      "Accounts without a login to the writer that performance_schema knows: since it started, " +
      `${days} ago, or since its table of accounts was emptied`,
    on: used ? quotedAll(accounts.filter(account => takesLogins(account) && !users.has(account.user))) : [],
    todo: "Ask who needs them; look at the readers too. Suspend them (`suspended: true`) before you remove them.",
  };
}

/** The accounts that belong neither to the server nor to the reconciler. */
export const theirs = ({ observed }: Inventory): InventoryAccount[] =>
  observed.accounts.filter(({ user }) => !isSystemAccount(user) && user !== observed.self.user);

const quotedAll = (accounts: readonly InventoryAccount[]): string[] =>
  accounts.map(quoteAccount).sort(byCodeUnit);
