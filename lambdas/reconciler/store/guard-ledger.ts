import { LedgerError } from "../runtime/errors";

/**
 * Does work on the ledger; what goes wrong in it is told as the ledger's.
 * @param what could not be done: `the ledger (table l) could not be read`
 * @throws LedgerError
 */
export async function guardLedger<T>(cluster: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new LedgerError(`${cluster}: ${what}: ${reason}`, { cause });
  }
}
