import type { Construct } from "constructs";
import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import { byCodeUnit } from "../../core/json";
import { privilegesOf, type Roster, type RosterAccount } from "../../core/roster/roster";
import { escapeData, escapeText } from "../terraform/escape";
import { ValidationError } from "../terraform/validation-error";

type Roles = Readonly<Record<string, readonly DatabasePrivilege[]>>;
type Projects = NonNullable<Roster["projects"]>;

/** One account, and who asked for it. */
export interface RosterEntry {
  /** The account's name: `sl_jane.doe`. */
  readonly account: string;
  readonly details: RosterAccount;
  /** What the roles mean that its grants name. */
  readonly roles: Roles;
  /** Where it was declared: a construct's path, or a folder's. */
  readonly origin: string;
}

/** The accounts of one cluster, collected from all who add some. */
export class ClusterRoster {
  private readonly accounts = new Map<string, RosterAccount>();
  private readonly forTerraform = new Map<string, RosterAccount | string>();
  private made: object | undefined;
  private readonly origins = new Map<string, string>();
  private readonly roles = new Map<string, readonly DatabasePrivilege[]>();
  private readonly projects = new Map<string, Projects[string]>();

  constructor(
    private readonly cluster: string,
    private readonly scope: Construct,
  ) {}

  get size(): number {
    return this.accounts.size;
  }

  /**
   * Adds an account.
   * @param scope Blamed where something is wrong.
   * @param local The local that is to hold the account in Terraform; absent: it stands in the roster itself.
   * @returns what Terraform is to hold of the account: its details, escaped
   * @throws ValidationError where user or account is there already, or where a text cannot enter Terraform.
   */
  add({ account, details, roles, origin }: RosterEntry, scope: Construct, local?: string): RosterAccount {
    const keys = [`the account ${account}`, `the user ${details.user}`];
    for (const key of keys) {
      const other = this.origins.get(key);
      if (other !== undefined)
        throw new ValidationError(
          `${key} is declared twice on the cluster ${this.cluster}: by ${other} and by ${origin}`,
          scope,
        );
    }
    const merged = this.withRoles(details, roles);
    const key = escapeText(account, "account", scope);
    const escaped = escapeData(merged, `${details.user} on ${this.cluster}`, scope);
    this.made = undefined;
    for (const key of keys) this.origins.set(key, origin);
    this.accounts.set(account, merged);
    this.forTerraform.set(key, local === undefined ? escaped : `\${local.${local}}`);
    return escaped;
  }

  /** Says who answers for projects that grants name. It changes nobody's access. */
  addProjects(projects: Projects): void {
    this.made = undefined;
    for (const [project, details] of Object.entries(projects)) this.projects.set(project, details);
  }

  /** What the cluster should have. */
  toRoster(): Roster {
    return { roles: this.orderedRoles(), accounts: ordered(this.accounts), ...this.orderedProjects() };
  }

  /** The same, for Terraform: with references to the locals that hold accounts. */
  toTerraform(): object {
    // Synthesis asks several times.
    this.made ??= {
      roles: escapeData(this.orderedRoles(), "roles", this.scope),
      accounts: ordered(this.forTerraform),
      ...escapeData(this.orderedProjects(), "projects", this.scope),
    };
    return this.made;
  }

  /** Where another declared a role of the same name with another meaning, the grant says itself what it gives. */
  private withRoles(details: RosterAccount, roles: Roles): RosterAccount {
    const own = { roles, accounts: {} };
    const entries = Object.entries(details.databases).map(([database, grant]) => {
      if (grant.privileges !== undefined) return [database, grant] as const;
      const meaning = privilegesOf(own, grant);
      const known = this.roles.get(grant.role);
      if (known === undefined && meaning.length > 0) this.roles.set(grant.role, meaning);
      return known === undefined || known === meaning || known.join() === meaning.join()
        ? ([database, grant] as const)
        : ([database, { ...grant, privileges: meaning }] as const);
    });
    return { ...details, databases: Object.fromEntries(entries) };
  }

  private orderedRoles(): Roster["roles"] {
    return ordered(this.roles);
  }

  /** Left out where there is none, so that the roster of who names none stays what it was. */
  private orderedProjects(): { projects?: Projects } {
    return this.projects.size > 0 ? { projects: ordered(this.projects) } : {};
  }
}

const ordered = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => byCodeUnit(a, b)));
