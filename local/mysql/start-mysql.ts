import { startDockerMySql } from "./docker-mysql";
import { canProvisionMySql } from "./mysql-template";
import { startNativeMySql } from "./native-mysql";
import type { MySqlOptions, MySqlServer } from "./server";

export type { IamKey, MySqlOptions, MySqlServer } from "./server";

/**
 * Starts a MySQL server: as a process on Debian, in a container elsewhere. A start takes less than a second;
 * the first one on a machine downloads and prepares the server (about 15 s). The server ends with this
 * process.
 *
 * @throws MissingPartError when the machine has neither apt nor a Docker engine
 */
export function startMySql(options: MySqlOptions = {}): Promise<MySqlServer> {
  return canProvisionMySql() ? startNativeMySql(options) : startDockerMySql(options);
}
