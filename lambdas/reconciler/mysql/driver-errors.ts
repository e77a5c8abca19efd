import { certificatesAddress } from "../../../core/contract/certificate-regions";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { DatabaseError, DatabaseUnreachableError, outOfReach, ReaderError } from "../runtime/errors";

/** The server ends, or ended this connection: nothing more is known of it. */
const LOST = new Set([1053, 1152, 1158, 1159, 1160, 1161, 1927, 3169, 4031]);
const TOO_MANY_CONNECTIONS = new Set([1040, 1203]);

/** What OpenSSL says of a certificate whose authority is not among those that are trusted. */
const UNTRUSTED =
  /unable to (get (local )?issuer certificate|verify the first certificate)|self[- ]signed certificate/;

/** The fields of the driver's errors that are read. `sqlMessage` is the server's own text. */
type DriverError = Record<"errno" | "code" | "sqlMessage" | "sqlState" | "message" | "fatal", unknown>;

/**
 * The driver's error as one of ours. The driver's holds the connection's configuration with the password, so
 * only its number, its name and the server's text are used.
 */
export function classified({ cluster, host, port, region }: RegistryEntry, error: unknown): unknown {
  const { code, errno, fatal, message, sqlMessage, sqlState } = error as Partial<DriverError>;
  const server = `${host}:${port}`;
  const lost = (why: string) => outOfReach(`${cluster}: the connection to ${server} was lost: ${why}`);
  if (
    typeof errno === "number" &&
    errno > 0 &&
    typeof sqlMessage === "string" &&
    typeof sqlState === "string"
  ) {
    if (LOST.has(errno)) return lost(`${code} (${errno}): ${sqlMessage}`);
    if (TOO_MANY_CONNECTIONS.has(errno))
      return outOfReach(`${cluster}: ${server} takes no more connections: ${sqlMessage}`);
    return new DatabaseError(errno, String(code), sqlMessage);
  }
  const isOurs = [ReaderError, DatabaseError, DatabaseUnreachableError].some(kind => error instanceof kind);
  if (isOurs) return error;
  // For a connection that it has seen closed, the driver has no code.
  if (fatal === true && typeof code !== "string") return lost(String(message));
  if (typeof code !== "string") return error;
  const roots = UNTRUSTED.test(String(message))
    ? `. The functions have no root certificate for it: give those of ${region} as \`caBundleFile\`, ${certificatesAddress(region)}`
    : "";
  return outOfReach(
    `${cluster}: ${server} cannot be reached: ${code}: ${String(message)}${roots}`,
    code === "ENOTFOUND",
  );
}
