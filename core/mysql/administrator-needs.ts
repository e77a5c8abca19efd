import { lowerName } from "../catalogue/lower-case";
import { listSome } from "../name-some";
import { SYSTEM_DATABASES } from "../roster/ceiling";
import type { AdministratorLack, ObservedState } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";

/** What the administrator's own connection may do, its active roles included. */
export interface OwnPrivileges {
  readonly global: ReadonlySet<string>;
  /** Partial revokes: by database, the privileges that it lacks there. */
  readonly restrictions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether it has GRANT OPTION anywhere. */
  readonly grants: boolean;
  /** Whether it may call `mysql.rds_kill`, with which RDS ends sessions for its administrators. */
  readonly callsRdsKill: boolean;
  /** Whether it has INSERT, UPDATE and DELETE on `mysql`, which the server takes in place of CREATE USER. */
  readonly writesMysql: boolean;
}

interface Need extends Omit<AdministratorLack, "on"> {
  /** Each of these serves as well. */
  readonly or: readonly string[];
  /** Whether it cannot be restricted to databases. */
  readonly isServerWide: boolean;
}

const need = (privilege: string, purpose: string, other: Partial<Need> = {}): Need => ({
  privilege,
  purpose,
  or: [],
  isServerWide: true,
  showsDefiners: false,
  ...other,
});

/**
 * What a run needs to do its work and to see everything that it decides on (measured on 8.0.31 and 9.7.4).
 * The server leaves out rows without an error where a privilege is missing. TRIGGER also shows all views.
 */
const NEEDS: readonly Need[] = [
  need("GRANT OPTION", "give and take access"),
  need("CREATE USER", "create, change and drop accounts"),
  need("PROCESS", "see open sessions"),
  need("CONNECTION_ADMIN", "end sessions", { or: ["SUPER"] }),
  need("EVENT", "see the definers of events", { isServerWide: false, showsDefiners: true }),
  need("TRIGGER", "see the definers of triggers and views", { isServerWide: false, showsDefiners: true }),
  need("SHOW_ROUTINE", "see the definers of routines", {
    or: ["SELECT", "EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE"],
    showsDefiners: true,
  }),
];

/** What the administrator lacks to change accounts, to see sessions and definers, and to end sessions. */
export function administratorLacks(own: OwnPrivileges): AdministratorLack[] {
  const isUsers = (database: string) => !SYSTEM_DATABASES.some(name => name === lowerName(database));
  const restricted = [...own.restrictions].filter(([database]) => isUsers(database));
  return NEEDS.flatMap(({ or, isServerWide, ...lack }) => {
    const held = [lack.privilege, ...or].filter(privilege => own.global.has(privilege));
    if (lack.privilege === "CONNECTION_ADMIN" && own.callsRdsKill) return [];
    if (lack.privilege === "CREATE USER" && own.writesMysql) return [];
    if (lack.privilege === "GRANT OPTION" && own.grants) return [];
    if (held.length === 0) return [{ ...lack, on: "*.*" }];
    const hidden = restricted.filter(([, revoked]) => held.every(privilege => revoked.has(privilege)));
    if (isServerWide) return hidden.length > 0 ? [{ ...lack, on: "*.*" }] : [];
    return hidden.map(([database]) => ({ ...lack, on: `${quoteIdentifier(database)}.*` }));
  });
}

/** How plans, events and mails name objects whose definers the administrator does not see. */
export const UNSEEN_OBJECTS = "objects that the administrator may not see";

/** Whether views, routines, triggers or events may exist whose definers the administrator does not see. */
export const hidesDefiners = ({ lacks }: Pick<ObservedState, "lacks">): boolean =>
  lacks.some(({ showsDefiners }) => showsDefiners);

/**
 * The problem of each plan with accounts on a cluster without IAM logins. The server then refuses every
 * statement about such accounts but DROP USER and RENAME USER (1524, measured on 8.0.31 and 9.7.4).
 */
export const iamLoginProblems = ({ iamLogins }: Pick<ObservedState, "iamLogins">): string[] =>
  iamLogins
    ? []
    : [
        "IAM database authentication is switched off on this cluster: no managed account can log in, and the " +
          "server refuses statements about them (1524: AWSAuthenticationPlugin is not loaded). Switch it on " +
          "(`iam_database_authentication_enabled = true` of the cluster).",
      ];

/** What to do about roles of the administrator that are not active; "" if there are none. */
export function inactiveRolesHint({
  inactiveRoles,
  self,
}: Pick<ObservedState, "inactiveRoles" | "self">): string {
  if (inactiveRoles.length === 0) return "";
  const [names, are] = [listSome(inactiveRoles.map(quoteAccount), 10), inactiveRoles.length > 1];
  return (
    ` It has the role${are ? "s" : ""} ${names}, not active in its sessions. If the rights are there, run: ` +
    `SET DEFAULT ROLE ALL TO ${quoteAccount(self)}.`
  );
}

/** The problem of each plan of an administrator that lacks something. It holds the statement that helps. */
export function administratorProblems(
  observed: Pick<ObservedState, "lacks" | "self" | "inactiveRoles">,
): string[] {
  const { lacks, self } = observed;
  if (lacks.length === 0) return [];
  const name = quoteAccount(self);
  const objects = [...new Set(lacks.map(({ on }) => on))];
  const statements = objects.map(object => {
    const privileges = lacks.filter(({ on }) => on === object).map(({ privilege }) => privilege);
    return `GRANT ${privileges.join(", ")} ON ${object} TO ${name}`;
  });
  const purposes = [...new Set(lacks.map(({ purpose }) => purpose))].join(", ");
  const lacking = [...new Set(lacks.map(({ privilege }) => privilege))].join(", ");
  // Any account that can grant may have revoked it.
  const itself = lacks.some(({ privilege }) => privilege === "GRANT OPTION")
    ? ` The administrator itself gets GRANT OPTION back by: GRANT PROXY ON ${name} TO ${name} WITH GRANT OPTION.`
    : "";
  return [
    `The administrator ${name} lacks ${lacking}, and cannot ${purposes}. ` +
      `As an account that may grant it, run: ${listSome(statements, 10)}.${itself}${inactiveRolesHint(observed)}`,
  ];
}
