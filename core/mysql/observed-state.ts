import type { AllLimits } from "../roster/account-options";
import type { GrantedObject } from "../roster/granted-object";

/** An account as MySQL names it. */
export interface AccountId {
  readonly user: string;
  readonly host: string;
}

/** A row of `mysql.db`: the name exactly as it is stored, with its escapes. */
export interface ObservedDatabaseGrant {
  readonly name: string;
  readonly privileges: readonly string[];
  readonly grantOption: boolean;
}

/** Rows of `mysql.tables_priv` and `mysql.columns_priv` for one table. */
export interface ObservedTableGrant {
  readonly database: string;
  readonly table: string;
  readonly privileges: readonly string[];
  readonly grantOption: boolean;
  /** By privilege: the columns, in order. */
  readonly columns: readonly { readonly privilege: string; readonly columns: readonly string[] }[];
}

/** A row of `mysql.procs_priv`. */
export interface ObservedRoutineGrant {
  readonly database: string;
  readonly routine: string;
  readonly type: "FUNCTION" | "PROCEDURE" | "LIBRARY";
  readonly privileges: readonly string[];
  readonly grantOption: boolean;
  /**
   * Set if the table holds the name in a wrong character set: the grant works, but REVOKE does not find it
   * (1403).
   */
  readonly misencoded?: true;
  /** Set with `misencoded` if no routine of that name exists: the grant gives nothing. */
  readonly idle?: true;
}

/** An object that runs with the rights of its definer. */
export interface DefinedObject {
  readonly kind: "VIEW" | "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT";
  readonly database: string;
  readonly name: string;
  /** Set for an event that its schedule runs. */
  readonly enabled?: true;
}

/** Everything the cluster holds about one account that is managed, or is to be taken over. */
export interface ObservedAccount extends AccountId {
  readonly plugin: string;
  readonly authenticationString: string;
  readonly locked: boolean;
  /** `mysql.user.ssl_type`: "" or "ANY" (REQUIRE SSL), "X509", "SPECIFIED". */
  readonly tls: string;
  readonly passwordExpired: boolean;
  /** `password_last_changed`, in seconds since 1970. Absent: the server does not know. */
  readonly passwordChanged?: number | undefined;
  /** After how many days the password ends by itself; 0 is never, absent: the server's default. */
  readonly passwordLifetime?: number | undefined;
  /** What "SPECIFIED" requires; empty texts require nothing. */
  readonly certificate: { readonly subject: string; readonly issuer: string; readonly cipher: string };
  /** MAX_USER_CONNECTIONS (`connections`) and the hourly limits; 0 is none. */
  readonly limits: AllLimits;
  /** Whether `User_attributes` holds a second password. */
  readonly secondPassword: boolean;
  /** Whether wrong tokens can block it: it has FAILED_LOGIN_ATTEMPTS or PASSWORD_LOCK_TIME. */
  readonly blocksFailedLogins: boolean;
  /** How many factors a login needs in addition to the first: 0, 1 or 2. */
  readonly moreFactors: number;
  /** Members of `User_attributes` that this release does not know. */
  readonly strangeAttributes: readonly string[];
  /** Partial revokes, from `User_attributes`. */
  readonly restrictions: readonly { readonly database: string; readonly privileges: readonly string[] }[];
  readonly globalPrivileges: readonly string[];
  readonly globalGrantOption: boolean;
  readonly dynamicPrivileges: readonly { readonly name: string; readonly grantOption: boolean }[];
  readonly databases: readonly ObservedDatabaseGrant[];
  readonly tables: readonly ObservedTableGrant[];
  readonly routines: readonly ObservedRoutineGrant[];
  /** Grants on routines that nothing can revoke, and that give nothing; absent if there are none. */
  readonly idleRoutines?: readonly ObservedRoutineGrant[] | undefined;
  /** Roles granted to it. */
  readonly roles: readonly (AccountId & { readonly adminOption: boolean })[];
  readonly defaultRoles: readonly AccountId[];
  /** Accounts that have it as a role. */
  readonly members: readonly AccountId[];
  /** Accounts that it may act as (`GRANT PROXY ON <these> TO it`). */
  readonly proxies: readonly (AccountId & { readonly grantOption: boolean })[];
  /** Objects that run with its rights, ordered by their names. */
  readonly definerOf: readonly DefinedObject[];
}

/** What accounts hold that are not managed, as far as it tells who reaches a database or can grant on it. */
export interface OutsideGrants {
  /** One for each row of the grant tables. */
  readonly grants: readonly OutsideGrant[];
  /** Every role that is granted, also one with the prefix. */
  readonly roles: readonly {
    readonly role: AccountId;
    readonly member: AccountId;
    readonly adminOption: boolean;
  }[];
  /** Who may act as an account with the prefix, or as any account. */
  readonly proxies: readonly { readonly account: AccountId; readonly proxied: AccountId }[];
}

export interface OutsideGrant {
  readonly account: AccountId;
  /** Absent: it holds for all databases. */
  readonly database?: string;
  /** Absent: it holds for the whole database. */
  readonly object?:
    | {
        readonly kind: "TABLE" | "FUNCTION" | "PROCEDURE" | "LIBRARY";
        readonly name: string;
        readonly column?: string;
      }
    | undefined;
  /** None if the grant gives GRANT OPTION alone. */
  readonly privileges: readonly string[];
  readonly grantOption: boolean;
  /** Of a grant on all databases: where it does not hold (partial revokes). */
  readonly restrictions?: ObservedAccount["restrictions"] | undefined;
}

/** A privilege without which the administrator does not see, or cannot end, what a run has to decide on. */
export interface AdministratorLack {
  readonly privilege: string;
  /** Where it lacks it: `*.*`, or a quoted database. */
  readonly on: string;
  /** What it cannot do. */
  readonly purpose: string;
  /** Whether objects may exist whose definers it does not see. */
  readonly showsDefiners: boolean;
}

/** Which roles no statement can take away. */
export interface RoleRules {
  /** The roles of `mandatory_roles`, which every account has: none can be revoked or dropped (3628). */
  readonly mandatoryRoles: readonly AccountId[];
  /** The roles that the administrator may revoke: all with ROLE_ADMIN, else those with ADMIN OPTION. */
  readonly revocableRoles: "all" | readonly AccountId[];
}

/** What the server's `validate_password` asks of each password, by the names of its settings. */
export interface PasswordRules {
  readonly length: number;
  readonly mixed_case_count: number;
  readonly number_count: number;
  readonly special_char_count: number;
}

/** What the cluster holds now about all managed accounts, ordered by user and host. */
export interface ObservedState extends RoleRules {
  /** `@@version`. */
  readonly version: string;
  /** Whether database names in grants are literal (ON, as on Aurora MySQL 3) or patterns. */
  readonly partialRevokes: boolean;
  /** `@@lower_case_table_names`: if it is not 0, database names compare without case. */
  readonly lowerCaseTableNames: number;
  /** The connection's own account. */
  readonly self: AccountId;
  /** Whether IAM logins are switched on. */
  readonly iamLogins: boolean;
  /** What that account lacks. With anything here, what was observed is not complete. */
  readonly lacks: readonly AdministratorLack[];
  /** Roles of that account that are not active: what they grant does not count. */
  readonly inactiveRoles: readonly AccountId[];
  readonly accounts: readonly ObservedAccount[];
  /** The accounts without the prefix that are to be taken over, as they are. They are not managed yet. */
  readonly toTakeOver?: readonly ObservedAccount[] | undefined;
  /** The hosts of accounts without a name. */
  readonly anonymousHosts: readonly string[];
  readonly outside: OutsideGrants;
  /** Whether the administrator may name another account as definer, which disabling its events needs. */
  readonly setsDefiners: boolean;
  /**
   * Of the tables, columns (each apart) and routines that grants name, those that exist, and for those that
   * do not, others with similar names. Absent: nobody looked.
   */
  readonly objects?: readonly GrantedObject[] | undefined;
  /** Of the native roles that rosters name, those that exist. Absent: nobody looked. */
  readonly nativeRoles?: readonly string[] | undefined;
  /** All databases; absent if the administrator may not see all of them. */
  readonly databases?: readonly string[] | undefined;
  /**
   * Whether only an administrator can create triggers and functions: the server writes a binary log and
   * `log_bin_trust_function_creators` is OFF (1418, 1419).
   */
  readonly distrustsCreators?: boolean;
  /** What the server asks of passwords. Absent: nothing. */
  readonly passwordRules?: PasswordRules | undefined;
  /** Accounts that do not exist, but that objects still name as their definer. */
  readonly orphanedDefiners: readonly (AccountId & { readonly objects: readonly DefinedObject[] })[];
}
