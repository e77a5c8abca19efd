import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { serverChanged } from "../mysql/session/same-server";
import { CredentialsError, DatabaseError } from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS, connectTimeout, type Services } from "../services/services";

/**
 * The server refuses the login although the password is right: the account's limit is reached (1226), its
 * password has ended (1862, or 1820 for the first statement), or it is locked (3118). Measured: a wrong
 * password is 1045 also then.
 */
const RIGHT_PASSWORD = new Set([1226, 1820, 1862, 3118]);

/** What of a call a login needs. */
export interface LoginCall extends Pick<Call, "deadline"> {
  readonly services: Pick<Services, "connect" | "logInAs">;
}

/** Whose password is tried, and where. */
export interface TriedAccount {
  readonly call: LoginCall;
  readonly entry: RegistryEntry;
  readonly user: string;
  /** The server of the run, as a session has it. Only its answer counts. */
  readonly server: string;
}

/** What a server said to a login. */
interface Answer {
  readonly isRight: boolean;
  /** Undefined if it refused the login: then it does not say which server it is. */
  readonly server?: string;
}

/**
 * Whether the run's server takes the password: it is tried by a login of its own. After a login that was
 * refused, the administrator asks where the endpoint leads: an endpoint does not go to another server and
 * back within moments.
 * @throws ServerChangedError if another server answered, DatabaseUnreachableError
 */
export async function isPasswordOf(tried: TriedAccount, password: string): Promise<boolean> {
  const { call, entry, server } = tried;
  const answer = await tryLogin(tried, password);
  const answered = answer.server ?? (await serverAt(entry, call));
  if (answered !== server) throw serverChanged(entry.cluster, server, answered);
  return answer.isRight;
}

async function tryLogin({ call, entry, user }: TriedAccount, password: string): Promise<Answer> {
  const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, call.deadline.left());
  try {
    const session = await call.services.logInAs(entry, { user, password, timeoutMs });
    await session.close();
    return { isRight: true, server: session.server };
  } catch (error) {
    if (error instanceof DatabaseError && RIGHT_PASSWORD.has(error.number)) return { isRight: true };
    if (error instanceof CredentialsError) return { isRight: false };
    throw error;
  }
}

/**
 * Which server the cluster's endpoint leads to now: one that takes writes.
 * @throws DatabaseUnreachableError, CredentialsError, ReaderError
 */
export async function serverAt(entry: RegistryEntry, { deadline, services }: LoginCall): Promise<string> {
  const left = deadline.left();
  const timeoutMs = Math.min(connectTimeout(entry), left);
  const session = await services.connect(entry, { bulkRead: false, timeoutMs, callMs: left });
  await session.close();
  return session.server;
}
