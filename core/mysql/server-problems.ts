import { parseVersion, unknownTo } from "../catalogue/server-privileges";
import { inactiveRolesHint } from "./administrator-needs";
import type { DesiredAccount } from "./desired-account";
import { isNothing, roleAccount } from "./desired-server";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { quoteAccount } from "./quote";
import { isMandatory, isRevocable } from "./role-rules";
import type { AdministratorPrivileges } from "./unrevocable-grants";

/**
 * Why the server or its administrator cannot give the account its global privileges and native roles, one
 * sentence each.
 */
export function serverProblems(
  account: DesiredAccount,
  administrator: AdministratorPrivileges | undefined,
  observed: ObservedState,
): string[] {
  if (isNothing(account.server)) return [];
  const name = quoteAccount(account);
  const { privileges, roles } = account.server;
  const version = parseVersion(observed.version);
  const self = quoteAccount(observed.self);
  const unknown = privileges.flatMap(privilege => {
    const reason = version && unknownTo(privilege, version);
    return reason === undefined ? [] : [{ privilege, reason }];
  });
  const lacking = privileges.filter(
    privilege =>
      administrator?.grantable.includes(privilege) === false &&
      !unknown.some(one => one.privilege === privilege),
  );
  return [
    ...unknown.map(
      ({ reason }) =>
        `${name}: ${reason}, and this server is ${observed.version}: leave it out of \`global\`.`,
    ),
    ...(lacking.length === 0
      ? []
      : [
          `The administrator ${self} lacks ${lacking.join(", ")} on the whole server with GRANT OPTION and cannot ` +
            `give it to ${name}.${inactiveRolesHint(observed)}`,
        ]),
    ...roles.flatMap(role => roleProblem(role, name, observed) ?? []),
  ];
}

/**
 * A note about dynamic privileges that the account gets and that nobody takes from it alone (3879): a
 * restricted administrator gives them, and may not revoke them.
 */
export function serverNotes(
  account: DesiredAccount,
  existing: ObservedAccount | undefined,
  administrator: AdministratorPrivileges | undefined,
): string[] {
  if (account.server.privileges.length === 0) return [];
  const held = new Set(existing?.dynamicPrivileges.map(({ name }) => name));
  const given = account.server.privileges.filter(name => name.includes("_") && !held.has(name));
  if (given.length === 0 || !administrator || administrator.restrictions.length === 0) return [];
  return [
    `${quoteAccount(account)} gets ${given.join(", ")}, which this administrator cannot revoke alone (3879): ` +
      "to take it back, the account is dropped and created again.",
  ];
}

function roleProblem(role: string, name: string, observed: ObservedState): string | undefined {
  const account = roleAccount(role);
  const quoted = quoteAccount(account);
  // By its name: the account of that name at another host is of the same administrator.
  if (role === observed.self.user)
    return (
      `The administrator ${quoteAccount(observed.self)} manages this cluster, and nobody gets its rights as a role: ` +
      `leave the native role ${quoted} out for ${name}.`
    );
  const isThere = (roles: ObservedState["nativeRoles"]) => roles?.includes(role) !== false;
  if (!isThere(observed.nativeRoles))
    return `There is no native role ${quoted} on this server, which is declared for ${name}: create it by hand, or leave it out.`;
  if (isMandatory(account, observed))
    return `Every account has the role ${quoted} by the server's setting mandatory_roles: leave it out for ${name}.`;
  return isRevocable(account, observed)
    ? undefined
    : `The administrator ${quoteAccount(observed.self)} has neither ROLE_ADMIN nor ADMIN OPTION of the role ${quoted} and cannot give it to ${name}.`;
}
