import type { IConstruct } from "constructs";
import type { DatabasePrivilege } from "../../core/catalogue/mysql-privileges";
import type { Ceiling } from "../../core/roster/ceiling";
import type { AuroraCluster } from "../cluster/aurora-cluster";
import { type Roles, SHIPPED_ROLES } from "../cluster/shipped-roles";
import { ValidationError } from "../terraform/validation-error";

/** The only role of a source whose stack names none. */
const DEFAULT_ROLE = "read";

export const privilegesAbove = (
  ceiling: Ceiling,
  privileges: readonly DatabasePrivilege[],
): DatabasePrivilege[] => privileges.filter(name => !ceiling.privileges.includes(name));

/**
 * The roles of a source whose stack names none: `read` alone. Earlier releases gave every shipped role that
 * the ceiling allows. No one can know at synth which of them the document in Parameter Store uses, so a stack
 * whose roles would become fewer has to name them.
 * @throws ValidationError if the default of earlier releases had another role
 */
export function rolesOf(scope: IConstruct, { ceiling, name }: AuroraCluster): Roles {
  const former = Object.entries(SHIPPED_ROLES).filter(
    ([, privileges]) => privilegesAbove(ceiling, privileges).length === 0,
  );
  const others = former.map(([role]) => role).filter(role => role !== DEFAULT_ROLE);
  if (others.length === 0) return Object.fromEntries(former);
  throw new ValidationError(
    `\`roles\` must be given for ${name}: the default is \`${DEFAULT_ROLE}\` alone, and in earlier releases it ` +
      `was also ${others.join(", ")}. Write \`roles: { read: ["SELECT"] }\`, and add every role that ` +
      `the document in Parameter Store uses`,
    scope,
  );
}
