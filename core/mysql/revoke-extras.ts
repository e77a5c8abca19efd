import { IAM_LOGIN, IAM_PLUGIN, logsInByIam, NO_LIMITS, REQUIRE_TLS } from "./iam-login";
import type { ObservedAccount, ObservedTableGrant } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteAccount, quoteIdentifier } from "./quote";

const withGrantOption = (items: readonly string[], grantOption: boolean): string[] =>
  grantOption ? [...items, "GRANT OPTION"] : [...items];

const tableItems = (table: ObservedTableGrant): string[] => [
  ...table.privileges,
  ...table.columns.map(
    ({ privilege, columns }) => `${privilege} (${columns.map(quoteIdentifier).join(", ")})`,
  ),
];

/** Gives the account the login that every managed one has. Its grants stay; a password it had ends with the statement. */
export function changeLogin(account: ObservedAccount): Operation[] {
  if (logsInByIam(account)) return [];
  const why =
    account.plugin === IAM_PLUGIN
      ? "logs in by IAM token, over TLS, without limits"
      : `logs in by ${account.plugin || "no plugin"}, not by IAM token`;
  return [
    {
      step: Step.ChangeLogin,
      account,
      before: "ALTER USER",
      each: IAM_LOGIN,
      after: REQUIRE_TLS + NO_LIMITS,
      why,
    },
  ];
}

/** Takes away everything that no grant of ours gives: all but the rows of `mysql.db`. */
export function revokeExtras(account: ObservedAccount): Operation[] {
  const why = "nobody declared it";
  const take = (step: Step, what: string): Operation => ({
    step,
    account,
    before: `REVOKE ${what} FROM`,
    why,
  });
  const operations: Operation[] = account.roles.map(role => take(Step.RevokeRole, quoteAccount(role)));

  // REVOKE GRANT OPTION ON *.* first would leave dynamic privileges that hold it irrevocable one by one (measured on 9.7).
  if (account.dynamicPrivileges.length > 0) {
    operations.push(
      take(Step.RevokeDynamic, `${account.dynamicPrivileges.map(p => p.name).join(", ")} ON *.*`),
    );
  }
  // GRANT PROXY ... WITH GRANT OPTION leaves a global grant option behind; it is observed and taken like any other.
  const global = withGrantOption(account.globalPrivileges, account.globalGrantOption);
  if (global.length > 0) operations.push(take(Step.RevokeGlobal, `${global.join(", ")} ON *.*`));

  for (const proxied of account.proxies)
    operations.push(take(Step.RevokeProxy, `PROXY ON ${quoteAccount(proxied)}`));
  for (const table of account.tables) {
    const items = withGrantOption(tableItems(table), table.grantOption);
    operations.push(
      take(
        Step.RevokeTable,
        `${items.join(", ")} ON ${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`,
      ),
    );
  }
  for (const routine of account.routines) {
    const items = withGrantOption(routine.privileges, routine.grantOption);
    const name = `${quoteIdentifier(routine.database)}.${quoteIdentifier(routine.routine)}`;
    operations.push(take(Step.RevokeRoutine, `${items.join(", ")} ON ${routine.type} ${name}`));
  }
  return operations;
}
