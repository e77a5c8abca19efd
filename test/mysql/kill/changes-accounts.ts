/** Whether the SQL is one of the statements of a change set. */
export const changesAccounts = (sql: string): boolean =>
  /^(CREATE|ALTER|DROP|RENAME) USER |^(GRANT|REVOKE) /.test(sql);
