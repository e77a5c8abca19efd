import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { CredentialsError, DatabaseError } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS, type Services } from "../services/services";

/**
 * The server refuses the login although the password is right: the account's limit is reached (1226), its
 * password has ended (1862, or 1820 for the first statement), or it is locked (3118). Measured: a wrong
 * password is 1045 also then.
 */
const RIGHT_PASSWORD = new Set([1226, 1820, 1862, 3118]);

/** Whose password is tried, and where. */
export interface TriedAccount {
  readonly call: Pick<Call, "deadline"> & { readonly services: Pick<Services, "logInAs"> };
  readonly entry: RegistryEntry;
  readonly user: string;
}

/** Whether the server takes the password: it is tried by a login. @throws DatabaseUnreachableError */
export async function isPasswordOf({ call, entry, user }: TriedAccount, password: string): Promise<boolean> {
  const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, call.deadline.left());
  try {
    const session = await call.services.logInAs(entry, { user, password, timeoutMs });
    await session.close();
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && RIGHT_PASSWORD.has(error.number)) return true;
    if (error instanceof CredentialsError) return false;
    throw error;
  }
}
