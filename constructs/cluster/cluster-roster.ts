import type { Construct } from "constructs";
import { canonicalJson, defined, sortedRecord } from "../../core/json";
import { type Ceiling, ceilingViolations } from "../../core/roster/ceiling";
import { nameViolations } from "../../core/roster/former-names";
import { isInner, objectText } from "../../core/roster/granted-object";
import type { OwnNames } from "../../core/roster/managed-names";
import {
  mapGrants,
  privilegesOf,
  type Roster,
  type RosterAccount,
  rosterSchema,
} from "../../core/roster/roster";
import { withoutPeople } from "../../core/roster/roster-rules";
import { escapeData, escapeJsonText, escapeText } from "../terraform/escape";
import { ValidationError } from "../terraform/validation-error";
import type { Roles } from "./shipped-roles";

type Projects = NonNullable<Roster["projects"]>;
type Rules = NonNullable<Roster["rules"]>;

/** A call carries the roster, the change set and the previous call; AWS Lambda accepts 6 MB. */
const MAX_ROSTER_BYTES = 2_500_000;

/** One account, and who declared it. */
export interface RosterEntry {
  /** The account's name: `sl_jane.doe`. */
  readonly account: string;
  /** The user, and the grants. */
  readonly details: RosterAccount;
  /** The privileges of the roles that the grants name. */
  readonly roles: Roles;
  /** Where the account was declared: a construct's path, or a folder. */
  readonly origin: string;
}

/** The accounts of one cluster, collected from every construct that adds some. */
export class ClusterRoster {
  readonly #cluster: string;
  readonly #scope: Construct;
  readonly #sources: ReadonlyMap<string, unknown>;
  readonly #accounts = new Map<string, RosterAccount>();
  readonly #origins = new Map<string, string>();
  readonly #roles = new Map<string, Roles[string]>();
  readonly #projects = new Map<string, Projects[string]>();
  readonly #teams = new Map<string, Projects[string]>();
  readonly #rules = new Map<string, Rules[string]>();

  /** @param sources the cluster's sources by name, all of them when the stacks are complete */
  constructor(cluster: string, scope: Construct, sources: ReadonlyMap<string, unknown>) {
    this.#cluster = cluster;
    this.#scope = scope;
    this.#sources = sources;
  }

  /**
   * Adds an account.
   * @param scope the construct that errors name
   * @returns the account's details, escaped for Terraform
   * @throws ValidationError if the roster already has the user or the account, or if Terraform would alter a
   * text
   */
  add({ account, details, roles, origin }: RosterEntry, scope: Construct): RosterAccount {
    const keys = [`the account ${account}`, `the user ${details.user}`];
    for (const key of keys) {
      const other = this.#origins.get(key);
      if (other !== undefined)
        throw new ValidationError(
          `${key} is declared twice on the cluster ${this.#cluster}: by ${other} and by ${origin}. Remove one of them.`,
          scope,
        );
    }
    const merged = this.#withRoles(details, roles);
    escapeText(account, "account", scope);
    const escaped = escapeData(merged, `${details.user} on ${this.#cluster}`, scope);
    for (const key of keys) this.#origins.set(key, origin);
    this.#accounts.set(account, merged);
    return escaped;
  }

  /** Whether an account of this user was added. */
  hasUser(user: string): boolean {
    return this.#origins.has(`the user ${user}`);
  }

  /**
   * Declares the owners of projects and teams that grants name. They get messages; access does not depend on
   * it.
   */
  addOwners(projects: Projects, teams: Projects): void {
    for (const [project, details] of Object.entries(projects)) this.#projects.set(project, details);
    for (const [team, details] of Object.entries(teams)) this.#teams.set(team, details);
  }

  /**
   * Declares rules that hold for all accounts.
   * @throws ValidationError if there is another rule of that name
   */
  addRules(rules: Rules): void {
    for (const [name, rule] of Object.entries(rules)) {
      const known = this.#rules.get(name);
      if (known && canonicalJson(known) !== canonicalJson(rule))
        throw new ValidationError(
          `the cluster ${this.#cluster} gets two rules named ${name} from two folders. Rename one of them.`,
          this.#scope,
        );
      this.#rules.set(name, rule);
    }
  }

  /** Where an account was declared: a construct's path, or a folder. */
  originOf(account: string): string {
    return this.#origins.get(`the account ${account}`) ?? this.#cluster;
  }

  /**
   * The roster of all accounts that were added so far. What there is none of is absent, as it always was.
   * Only a source can give access to the people of a rule.
   */
  toRoster(): Roster {
    const rules = recordOf(this.#rules);
    return {
      roles: sortedRecord(this.#roles),
      accounts: sortedRecord(this.#accounts),
      ...defined({
        projects: recordOf(this.#projects),
        teams: recordOf(this.#teams),
        rules: rules && this.#sources.size === 0 ? withoutPeople(rules) : rules,
      }),
    };
  }

  /** The same roster for Terraform: JSON text, escaped. */
  toTerraform(): string {
    return escapeJsonText(this.toRoster(), "roster", this.#scope);
  }

  /** Why the roster is not allowed: it is too large, breaks the schema, or exceeds the ceiling. */
  faults(ceiling: Ceiling, names: OwnNames): string[] {
    const roster = this.toRoster();
    const bytes = Buffer.byteLength(JSON.stringify(roster));
    if (bytes > MAX_ROSTER_BYTES)
      return [
        `the roster of ${this.#cluster} must have at most ${MAX_ROSTER_BYTES} bytes, got: ${bytes}. ` +
          "Remove accounts or shorten their reasons.",
      ];
    const parsed = rosterSchema.safeParse(roster);
    if (!parsed.success)
      return parsed.error.issues.map(
        issue => `the roster of ${this.#cluster}: ${issue.path.join(".")}: ${issue.message}`,
      );
    const violations = [...ceilingViolations(roster, ceiling, names), ...nameViolations(roster, names)];
    return violations.map(({ account, database, hint, message, object }) => {
      const isInDatabase = database !== undefined && (!object || isInner(object));
      const place = isInDatabase ? `, database ${database}` : "";
      const within = object ? `, ${objectText(object)}` : "";
      const help = hint === undefined ? "" : `; ${hint}`;
      return `${account} on ${this.#cluster}${place}${within}: ${message}${help}`;
    });
  }

  /** Spells out a grant's privileges if another account declared the same role with other privileges. */
  #withRoles(details: RosterAccount, roles: Roles): RosterAccount {
    const own = { roles, accounts: {} };
    return mapGrants(details, ({ grant }) => {
      if (grant.privileges !== undefined) return grant;
      const privileges = privilegesOf(own, grant);
      const known = this.#roles.get(grant.role);
      if (known === undefined && privileges.length > 0) this.#roles.set(grant.role, privileges);
      return known === undefined || known === privileges || known.join() === privileges.join()
        ? grant
        : { ...grant, privileges };
    });
  }
}

const recordOf = <T>(entries: ReadonlyMap<string, T>): Record<string, T> | undefined =>
  entries.size > 0 ? sortedRecord(entries) : undefined;
