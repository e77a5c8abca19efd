import type { AuditAccount, AuditRow } from "./audit-rows";

/** A statement that renamed an account: it names the account before and after. */
interface Rename {
  readonly row: AuditRow;
  readonly from: AuditAccount;
  readonly to: AuditAccount;
}

/**
 * Finds the later names of an account of a row, in the same cluster. What its former name did
 * before that rename is the same person's; what somebody else does by that name later is not.
 */
export function formerNames(
  rows: readonly AuditRow[],
): (row: AuditRow, account: AuditAccount) => AuditAccount[] {
  const renames = rows.flatMap((row): Rename[] => {
    const [from, to] = row.accounts;
    const isRename = row.what.startsWith("RENAME USER ") && ["done", "unknown"].includes(row.result.outcome);
    return isRename && from && to ? [{ row, from, to }] : [];
  });
  const isUntil = (row: AuditRow, rename: Rename) => {
    const [a, b] = [row, rename.row];
    return a.cluster === b.cluster && a.seq <= b.seq;
  };
  return function later(row: AuditRow, { account }: AuditAccount): AuditAccount[] {
    const [next] = renames
      .filter(rename => rename.from.account === account && isUntil(row, rename))
      .sort((a, b) => a.row.seq - b.row.seq);
    return next ? [next.to, ...later({ ...next.row, seq: next.row.seq + 1 }, next.to)] : [];
  };
}
