import type { Construct } from "constructs";
import { defined } from "../../../core/json";
import { isOfServer, objectKey } from "../../../core/roster/granted-object";
import { grantsOf, privilegesOf, type RosterAccount } from "../../../core/roster/roster";
import { AGENT_LIMITS, READING } from "../../../core/users/agents";
import { quoted, ValidationError } from "../../terraform/validation-error";
import type { Roles } from "../shipped-roles";
import type { GrantedUser } from "../user-grant-props";
import { assertEmail, assertPlainTexts, refusal } from "./grant-props";

/**
 * The user, an agent with what it has of its owner and by default.
 * @throws ValidationError if an agent has no owner, or another user has one
 */
export function withOwner(scope: Construct, user: GrantedUser): GrantedUser {
  const { kind, owner, writes = false } = user;
  if (typeof writes !== "boolean")
    throw new ValidationError("`writes` must be true or false, and known at synth", scope);
  if (kind !== "agent") {
    if (owner || writes)
      throw refusal(scope, owner ? "owner" : "writes", {
        message: "only an agent has it",
        hint: 'leave it out, or write `kind: "agent"`',
      });
    return user;
  }
  if (owner?.kind !== "person")
    throw refusal(scope, "owner", {
      message: owner ? `${quoted(owner.user)} is no person` : "is missing",
      hint: "name the person who answers for the agent",
    });
  assertPlainTexts(scope, { "owner.user": owner.user, "owner.email": owner.email });
  assertEmail(scope, owner.email);
  const email = user.email ?? owner.email;
  const suspended = owner.suspended || user.suspended || false;
  return {
    ...user,
    ...defined({ email }),
    suspended,
    limits: { ...AGENT_LIMITS, ...user.limits },
  };
}

/**
 * Checks what an agent is given.
 * @throws ValidationError if it does not end, may be handed on, or is more than reading without `writes`
 */
export function assertAgentGrants(
  scope: Construct,
  { kind, writes }: GrantedUser,
  account: Pick<RosterAccount, "databases" | "objects">,
  roles: Roles,
): void {
  if (kind !== "agent") return;
  const roster = { roles, accounts: {} };
  for (const { grant, object } of grantsOf(account as RosterAccount)) {
    const given = object && isOfServer(object) ? [objectKey(object)] : privilegesOf(roster, grant);
    const more = given.filter(one => !READING.includes(one));
    if (grant.expires === undefined)
      throw refusal(scope, "expires", {
        message: `a grant of an agent has none: ${quoted(grant.role)}`,
        hint: "what an agent is given ends: write the date",
      });
    if (grant.grantOption)
      throw refusal(scope, "grantOption", {
        message: "lets an agent hand on access",
        hint: "leave it out: an agent hands on nothing",
      });
    if (more.length > 0 && !writes)
      throw refusal(scope, "grants", {
        message: `give an agent ${more.join(", ")}, and an agent only reads`,
        hint: "give it a role that reads, or write `writes: true`, next to `kind`",
      });
  }
}
