import { CredentialsError, DatabaseError } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS } from "../services/services";
import type { RotatedSecret } from "./rotated-secret";

/**
 * The server refuses the login although the password is right: a limit is reached (1203, 1226), or the
 * account is locked (3118, measured: a wrong password is 1045 also then).
 */
const RIGHT_PASSWORD = new Set([1203, 1226, 3118]);

/** Whether the server takes the password: it is tried by a login. @throws DatabaseUnreachableError */
export async function isPasswordOf(
  { call, entry, user }: Pick<RotatedSecret, "entry" | "user"> & { readonly call: Call },
  password: string,
): Promise<boolean> {
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
