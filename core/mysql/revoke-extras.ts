import { groupBy } from "../group-by";
import { jsonBytes, splitList } from "../split-list";
import { IAM_PLUGIN, logsInByIam } from "./iam-login";
import type { AccountId, ObservedAccount, ObservedTableGrant } from "./observed-state";
import { type Operation, operation, STATEMENT_BYTES, Step } from "./operation";
import { quoteIdentifier } from "./quote";
import { FORMS, type StatementText } from "./statement-forms";

const withGrantOption = (items: readonly string[], grantOption: boolean): readonly string[] =>
  grantOption ? [...items, "GRANT OPTION"] : items;

/** Leaves room for the other words of a statement. */
const COLUMN_BYTES = STATEMENT_BYTES - 5_000;

/** What is revoked on a table, by statement: an account can give itself thousands of columns. */
function tableItems({ columns, grantOption, privileges }: ObservedTableGrant): (readonly string[])[] {
  const single = columns.flatMap(({ columns, privilege }) =>
    columns.map(column => ({ privilege, column: quoteIdentifier(column) })),
  );
  const parts = splitList(single, { bytes: COLUMN_BYTES }, ({ column }) => jsonBytes(column));
  const [first = [], ...rest] = parts.map(part =>
    [...groupBy(part, ({ privilege }) => privilege)].map(
      ([privilege, of]) => `${privilege} (${of.map(({ column }) => column).join(", ")})`,
    ),
  );
  return [withGrantOption([...privileges, ...first], grantOption), ...rest];
}

/**
 * Gives the account the login by IAM token, after the revocations. Its grants stay; a password that it had no
 * longer works. Where a limit or a certificate kept somebody out, this comes last, and takes nothing.
 */
export function changeLogin(account: ObservedAccount, desired: AccountId): Operation[] {
  if (logsInByIam(account)) return [];
  const opensOnly = logsInByIam({ ...account, tls: "ANY", limited: false }) && account.tls !== "";
  const why =
    account.plugin === IAM_PLUGIN
      ? "logs in by IAM token, over TLS, without limits"
      : `logs in by ${account.plugin || "no plugin"}, not by IAM token`;
  // Before that, the account may have been renamed.
  return opensOnly
    ? [operation(Step.Unlock, desired, FORMS.changeLogin.write(), why)]
    : [operation(Step.ChangeLogin, account, FORMS.changeLogin.write(), why)];
}

/** Revokes everything that is not a row of `mysql.db`: a roster grants none of it. */
export function revokeExtras(account: ObservedAccount): Operation[] {
  const revoke = (step: Step, text: StatementText) => operation(step, account, text, "nobody declared it");
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
      return tableItems(table).map(items => revoke(Step.RevokeTable, FORMS.revoke.write(items, name)));
    }),
    ...routines.map(({ database, grantOption, privileges, routine, type }) => {
      const name = `${type} ${quoteIdentifier(database)}.${quoteIdentifier(routine)}`;
      return revoke(Step.RevokeRoutine, FORMS.revoke.write(withGrantOption(privileges, grantOption), name));
    }),
  ];
}
