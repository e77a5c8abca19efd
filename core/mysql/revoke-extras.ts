import { changePassword, discardOver, type LoginChange } from "./change-password";
import { changeTerms } from "./change-terms";
import { existingTerms, IAM_PLUGIN, isIamLogin, isPlain, logsInByIam, opens } from "./iam-login";
import { itemTexts, tableItems } from "./object-items";
import type { ObservedAccount, ObservedTableGrant } from "./observed-state";
import { type Operation, operation, rankAt, Step } from "./operation";
import { quoteIdentifier } from "./quote";
import { FORMS, type StatementText } from "./statement-forms";

const withGrantOption = (items: readonly string[], grantOption: boolean): readonly string[] =>
  grantOption ? [...items, "GRANT OPTION"] : items;

/** What is revoked on a table, by statement. */
const revokedItems = (table: ObservedTableGrant): (readonly string[])[] => {
  const [first = [], ...rest] = itemTexts(tableItems(table));
  return [withGrantOption(first, table.grantOption), ...rest];
};

/**
 * Gives the account its declared login: by IAM token, after the revocations. Its grants stay; a password
 * that it had no longer works. Where a limit or a certificate kept somebody out, this comes last, and takes
 * nothing.
 */
export function changeLogin(change: LoginChange): Operation[] {
  const { desired, observed: account } = change;
  const { terms } = desired;
  if (terms.login === "password") return changePassword(change);
  if (terms.login === "existing") {
    const found = { ...desired, terms: existingTerms(account, terms) };
    return [...(terms.keepsFound ? [] : changeTerms(account, found)), ...discardOver(change)];
  }
  if (logsInByIam(account, terms)) return [];
  if (isIamLogin(account) && !isPlain(terms)) return changeTerms(account, desired);
  const opensOnly = isIamLogin(account) && opens(account, terms.tls);
  const why =
    account.plugin === IAM_PLUGIN
      ? "logs in by IAM token, over TLS, with the declared limits"
      : `logs in by ${account.plugin || "no plugin"}, not by IAM token`;
  const text = FORMS.changeLogin.write(terms);
  // Before that, the account may have been renamed.
  return opensOnly
    ? [operation(Step.Unlock, desired, text, why)]
    : [operation(Step.ChangeLogin, account, text, why)];
}

/**
 * Revokes everything that is not a row of `mysql.db`. What is declared of that, the account comes without.
 */
export function revokeExtras(account: ObservedAccount): Operation[] {
  const revoke = (step: Step, text: StatementText) => operation(step, account, text, "nobody declared it");
  const inOrder = (step: Step, text: StatementText) => ({ ...revoke(step, text), rank: rankAt(account) });
  const { globalGrantOption, globalPrivileges, proxies, roles, routines, tables } = account;
  const operations = roles.map(role => revoke(Step.RevokeRole, FORMS.revokeRole.write(role)));
  const dynamic = account.dynamicPrivileges.map(p => p.name);
  // Dynamic privileges come before the global GRANT OPTION: without that one, dynamic privileges that have a
  // grant option of their own could no longer be revoked one by one (measured on 9.7).
  if (dynamic.length > 0) operations.push(revoke(Step.RevokeDynamic, FORMS.revoke.write(dynamic, "*.*")));
  // GRANT PROXY ... WITH GRANT OPTION leaves a global grant option behind. It is observed and revoked like
  // any other.
  const global = withGrantOption(globalPrivileges, globalGrantOption);
  if (global.length > 0) operations.push(revoke(Step.RevokeGlobal, FORMS.revoke.write(global, "*.*")));
  return [
    ...operations,
    ...proxies.map(proxied => revoke(Step.RevokeProxy, FORMS.revokeProxy.write(proxied))),
    ...tables.flatMap(table => {
      const name = `${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`;
      return revokedItems(table).map(items => inOrder(Step.RevokeTable, FORMS.revoke.write(items, name)));
    }),
    ...routines.map(({ database, grantOption, privileges, routine, type }) => {
      const name = `${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`;
      return inOrder(Step.RevokeRoutine, FORMS.revoke.write(withGrantOption(privileges, grantOption), name));
    }),
  ];
}
