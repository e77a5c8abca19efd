import {
  DATABASE_PRIVILEGES,
  type DatabasePrivilege,
  isDatabasePrivilege,
} from "../catalogue/mysql-privileges";
import { AURORA_ROLES, isServerPrivilege, NEVER_GRANTED } from "../catalogue/server-privileges";
import { nearest } from "./nearest";
import { type Fault, fault } from "./problem";

/** Either the database privileges that a text names, or what is wrong with it. */
type ParsedPrivilege = { readonly privileges: readonly DatabasePrivilege[] } | Fault;

const LEAVE_OUT = "leave it out";

/**
 * Reads one privilege, in any case. `ALL` and `ALL PRIVILEGES` are all privileges that a database can hold.
 */
export function parsePrivilege(text: string): ParsedPrivilege {
  const name = text.trim().replace(/\s+/g, " ").toUpperCase();
  if (name === "ALL" || name === "ALL PRIVILEGES") return { privileges: DATABASE_PRIVILEGES };
  if (isDatabasePrivilege(name)) return { privileges: [name] };
  if (name === "GRANT OPTION" || name === "WITH GRANT OPTION")
    return fault(
      "GRANT OPTION lets its holder give access to others without review",
      "leave it out: this folder decides who may reach what. A grant may say `grantOption: true`",
    );
  if (name === "PROXY")
    return fault(
      "PROXY lets its holder act as another account and applies to accounts, not to databases",
      LEAVE_OUT,
    );
  if (name === "USAGE") return fault("USAGE gives nothing", "leave it out; every account has it");
  const elsewhere = isServerPrivilege(name)
    ? "leave it out, and write a grant of its own: `global: [...]`"
    : LEAVE_OUT;
  if (!name.includes("_") && (isServerPrivilege(name) || NEVER_GRANTED.includes(name)))
    return fault(`${name} applies to the whole server, not to a database (MySQL error 1221)`, elsewhere);
  const role = AURORA_ROLES[name];
  if (role !== undefined)
    return fault(
      `${name} is no privilege since Aurora MySQL 3, but the role ${role}`,
      `leave it out, and write a grant of its own: \`nativeRoles: [${role}]\``,
    );
  if (/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name) && !nearest(name.replace(/_/g, " "), DATABASE_PRIVILEGES))
    return fault(
      `${name} is a dynamic privilege: it applies to the whole server, not to a database`,
      elsewhere,
    );
  if (name.includes("("))
    return fault(`"${text}" names columns, which a role on databases cannot do`, "name the privilege alone");
  const near = nearest(name, DATABASE_PRIVILEGES) ?? nearest(name.replace(/_/g, " "), DATABASE_PRIVILEGES);
  const known = `on a database there are: ${DATABASE_PRIVILEGES.join(", ")}`;
  return fault(`MySQL has no privilege "${text}"`, near ? `did you mean "${near}"?` : known);
}
