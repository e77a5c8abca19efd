import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import type { ServerPrivilege } from "../../core/catalogue/server-privileges";
import type { AccountHolder } from "./cluster";
import type { Roles } from "./shipped-roles";

/** The user that gets access. */
export interface GrantedUser {
  /**
   * Who logs in: a person, a service, or an automated agent. What an agent is given ends, and reads; it has
   * an `owner`, and limits by default.
   */
  readonly kind: "person" | "service" | "agent";
  /** The user's name in the identity provider, at most 256 characters. */
  readonly user: string;
  /**
   * The user's name for other people, at most 256 characters.
   * @default - none
   */
  readonly name?: string;
  /**
   * The e-mail address for messages about the user's access, at most 320 characters.
   * @default - none: the user gets no messages
   */
  readonly email?: string;
  /**
   * Of an agent, which needs one: the person who answers for it. Its messages go to the owner, if it has no
   * `email`, and it is suspended with the owner.
   * @default - none
   */
  readonly owner?: GrantedUser;
  /**
   * Of an agent: whether it may be given more than SELECT and SHOW VIEW, and anything of the whole server.
   * @default false
   */
  readonly writes?: boolean;
  /**
   * The account's name without the prefix. Needed if prefix and user name have more than 32 characters
   * together.
   * @default - the user name
   */
  readonly account?: string;
  /**
   * The account's former name without the prefix, of a person whose name changed: the account is renamed and
   * keeps its grants. It may stay when that is done.
   * @default - none
   */
  readonly formerly?: string;
  /**
   * Whether the account is locked: it keeps its grants, and nobody can log in to it.
   * @default false
   */
  readonly suspended?: boolean;
  /**
   * How the user logs in: by IAM token (`iam`), a service also by a generated password in Secrets Manager
   * (`password`), or as the account does on the server already (`existing`): nobody changes its plug-in and
   * password, nor limits and TLS requirement unless they are set. @see AuroraCluster.accountSecret
   * @default "iam"
   */
  readonly login?: "iam" | "password" | "existing";
  /**
   * Of a service that logs in by password: what the server asks of its passwords. The cluster's
   * `passwords.rotateAfterDays` must be less than `expiresAfterDays`.
   * @default - passwords do not expire
   */
  readonly password?: PasswordTerms;
  /**
   * The limits of the account.
   * @default - none; of an agent 5 connections at a time, and in an hour 600 connections, 10,000 statements
   * and 1,000 that change something
   */
  readonly limits?: AccountLimits;
  /**
   * What a login needs: TLS (`ssl`), any certificate that the server trusts (`x509`), or a certificate of
   * this subject or issuer.
   * @default "ssl"
   */
  readonly tls?: "ssl" | "x509" | CertificateNames;
  /**
   * Where the user logs in from: IPv4 or IPv6 addresses, IPv4 addresses with a netmask
   * (`10.0.0.0/255.0.0.0`, `10.0.0.0/8`), or patterns with `%` and `_` (`10.20.%`). Names are refused, since
   * Aurora does not resolve those of clients. Each has a MySQL account of its own. Not together with
   * `login: "password"`.
   * @default ["%"] - anywhere
   */
  readonly hosts?: readonly string[];
}

/** What the server asks of the generated passwords of a service. */
export interface PasswordTerms {
  /**
   * After how many days the server refuses a password that was not rotated, 0 to 1000; 0 is never.
   * @default 0
   */
  readonly expiresAfterDays?: number;
}

/** The limits of an account: whole numbers up to 4294967295; 0 is no limit. */
export interface AccountLimits {
  /**
   * The most connections at a time (MAX_USER_CONNECTIONS).
   * @default 0
   */
  readonly connections?: number;
  /**
   * The most statements an hour (MAX_QUERIES_PER_HOUR).
   * @default 0
   */
  readonly queriesPerHour?: number;
  /**
   * The most statements an hour that change something (MAX_UPDATES_PER_HOUR).
   * @default 0
   */
  readonly updatesPerHour?: number;
  /**
   * The most connections an hour (MAX_CONNECTIONS_PER_HOUR).
   * @default 0
   */
  readonly connectionsPerHour?: number;
}

/** The names in a client's certificate, as MySQL writes them: `/C=DE/O=Example/CN=shop`. At least one. */
export interface CertificateNames {
  /**
   * The subject.
   * @default - any
   */
  readonly subject?: string;
  /**
   * The issuer.
   * @default - any that the server trusts
   */
  readonly issuer?: string;
}

/** When a grant ends, and why it is given. */
export interface GrantLimits {
  /**
   * When the access ends: a date (the end of that day in UTC) or a timestamp with its time zone.
   * @default - never
   */
  readonly expires?: string;
  /**
   * The reason, for the plan and the audit trail; one line of at most 1024 characters.
   * @default - none
   */
  readonly reason?: string;
}

/** Whether a grant may be handed on. */
export interface GrantOption {
  /**
   * Whether the account may hand on what the grant gives (GRANT OPTION). The cluster's ceiling must allow it.
   * @default false
   */
  readonly grantOption?: boolean;
}

/** A role on all databases that match a pattern. */
export interface GrantedPattern extends GrantLimits, GrantOption {
  /**
   * The pattern: `%` is any characters, `_` one, and `\\_` for `_` itself. A server with
   * `partial_revokes` (Aurora MySQL 3) has no patterns: the plan says so.
   */
  readonly pattern: string;
  /** One of `roles`, or any name if `privileges` is given. At most 64 characters. */
  readonly role: string;
  /**
   * The MySQL privileges to grant instead of those of the role.
   * @default - the role's privileges
   */
  readonly privileges?: readonly DatabasePrivilege[];
}

/** Privileges on the whole server, and native roles of MySQL. At least one is named. */
export interface GrantedServer extends GrantLimits {
  /**
   * Privileges on the whole server. The cluster's ceiling must name each.
   * @default - none
   */
  readonly global?: readonly ServerPrivilege[];
  /**
   * Names of roles that exist on the cluster, such as `AWS_LAMBDA_ACCESS`. They are granted, and active after
   * each login. The cluster's ceiling must name each.
   * @default - none
   */
  readonly nativeRoles?: readonly string[];
}

/** A role on some databases. */
export interface GrantedRole extends GrantLimits, GrantOption {
  /** The databases' names, at least one; no patterns. */
  readonly databases: readonly string[];
  /** The role: one of `roles`, or any name if `privileges` is given. At most 64 characters. */
  readonly role: string;
  /**
   * The MySQL privileges to grant instead of those of the role.
   * @default - the role's privileges
   */
  readonly privileges?: readonly DatabasePrivilege[];
}

/** A role or privileges on tables, columns and routines of one database. At least one of these is named. */
export interface GrantedObjects extends GrantLimits, GrantOption {
  /** The database's name; no pattern. */
  readonly database: string;
  /**
   * Tables and views.
   * @default - none
   */
  readonly tables?: readonly string[];
  /**
   * By table or view: some of its columns.
   * @default - none
   */
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  /** Procedures. @default - none */
  readonly procedures?: readonly string[];
  /** Functions. @default - none */
  readonly functions?: readonly string[];
  /**
   * One of `roles`. MySQL must have each of its privileges on what is named here.
   * @default - `privileges`
   */
  readonly role?: string;
  /**
   * The MySQL privileges, instead of a role.
   * @default - EXECUTE for procedures and functions alone; else `role` is required
   */
  readonly privileges?: readonly DatabasePrivilege[];
}

export interface UserGrantProps {
  /** The cluster that gets the account. */
  readonly cluster: AccountHolder;
  /** The user that gets access. */
  readonly user: GrantedUser;
  /**
   * The user's grants, at least one; each database, table, column, routine, pattern, global privilege and
   * native role at most once.
   */
  readonly grants: readonly (GrantedRole | GrantedObjects | GrantedPattern | GrantedServer)[];
  /**
   * The privileges of each role that `grants` can name.
   * @default SHIPPED_ROLES - `read`, `write`, `read_write`, `admin`, `trusted_admin`
   */
  readonly roles?: Roles;
}
