import { certificatesAddress } from "../../../../core/contract/certificate-regions";
import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { asSentence } from "../../../../core/name-some";
import { DatabaseError, DatabaseUnreachableError, outOfReach, ReaderError } from "../../runtime/errors";

/** The server ends, or ended this connection: nothing more is known of it. */
const LOST = new Set([1053, 1152, 1158, 1159, 1160, 1161, 1927, 3169, 4031]);
const TOO_MANY_CONNECTIONS = new Set([1040, 1203]);

/** What OpenSSL says of a certificate whose authority is not among those that are trusted. */
const UNTRUSTED =
  /unable to (get (local )?issuer certificate|verify the first certificate)|self[- ]signed certificate/;

/** The fields of the driver's errors that are read. `sqlMessage` is the server's own text. */
type DriverError = Record<"errno" | "code" | "sqlMessage" | "sqlState" | "message" | "fatal", unknown>;

/**
 * The driver's error on an open connection as one of ours. The driver's holds the connection's configuration
 * with the password, so only its number, its name and the server's text are used.
 */
export function classified(entry: RegistryEntry, error: unknown): unknown {
  const { code, fatal, message } = error as Partial<DriverError>;
  const said = saidByServer(entry, error);
  if (said || OURS.some(kind => error instanceof kind)) return said ?? error;
  if (typeof code === "string") return lost(entry, `${code}: ${String(message)}`);
  // For a connection that it has seen closed, the driver has no code.
  return fatal === true ? lost(entry, String(message)) : error;
}

/** The same for a connection that is not open yet. */
export function notConnected(entry: RegistryEntry, error: unknown): unknown {
  const { cluster, host, port, region } = entry;
  const said = saidByServer(entry, error);
  if (said instanceof DatabaseError)
    return new DatabaseError(
      said.number,
      said.symbol,
      said.serverMessage,
      `${cluster}: ${host}:${port} refuses the connection: `,
    );
  const { code, message } = error as Partial<DriverError>;
  if (said || typeof code !== "string" || OURS.some(kind => error instanceof kind))
    return said ?? classified(entry, error);
  const roots = UNTRUSTED.test(String(message))
    ? `. The functions have no root certificate for it: give those of ${region} as \`caBundleFile\`, ${certificatesAddress(region)}`
    : "";
  return outOfReach(
    `${cluster}: ${host}:${port} cannot be reached: ${code}: ${String(message)}${roots}`,
    code === "ENOTFOUND",
  );
}

const OURS = [ReaderError, DatabaseError, DatabaseUnreachableError];

const lost = ({ cluster, host, port }: RegistryEntry, why: string) =>
  outOfReach(`${cluster}: the connection to ${host}:${port} was lost: ${why}`);

/** The server's own error as one of ours. */
function saidByServer(entry: RegistryEntry, error: unknown) {
  const { code, errno, sqlMessage, sqlState } = error as Partial<DriverError>;
  if (typeof errno !== "number" || errno <= 0) return undefined;
  if (typeof sqlMessage !== "string" || typeof sqlState !== "string") return undefined;
  if (LOST.has(errno)) return lost(entry, `${code} (${errno}): ${sqlMessage}`);
  if (TOO_MANY_CONNECTIONS.has(errno))
    return new DatabaseUnreachableError(
      `${entry.cluster}: ${entry.host}:${entry.port} takes no more connections: ${asSentence(sqlMessage)} ` +
        "End connections that nobody needs, or raise `max_connections`.",
    );
  return new DatabaseError(errno, String(code), sqlMessage);
}
