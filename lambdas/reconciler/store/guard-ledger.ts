import { LedgerError } from "../runtime/errors";

/**
 * Does work on the ledger. Every other error becomes the cause of a LedgerError.
 * @param what could not be done: `the ledger (table l) could not be read`
 * @throws LedgerError
 */
export async function guardLedger<T>(cluster: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    throw new LedgerError(`${cluster}: ${what}`, { cause });
  }
}
