import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";

import { MissingPartError } from "../process/local-error";
import { loopbackContainers } from "../process/loopback-containers";
import { makeRunDirectory } from "../process/run-directory";
import { DEFINER_PRIVILEGES, shapeStatements } from "./mysql-shape";
import type { MySqlOptions, MySqlServer } from "./server";

const IMAGE = "mysql:8.0";
const INSTALL = "run this on Debian or a derivative with apt-get, g++ and openssl, or start a Docker engine";

/**
 * Makes a certificate authority and a certificate for localhost inside the container, then starts the server.
 */
const ENTRYPOINT = `set -e; mkdir -p /tls; cd /tls
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mysql-test-ca -keyout ca-key.pem -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server-key.pem -out server.csr
printf subjectAltName=DNS:localhost,IP:127.0.0.1 > san
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 3650 \\
  -out server-cert.pem -extfile san
chown -R mysql /tls; exec docker-entrypoint.sh "$@"`;

/**
 * Starts the stock MySQL image with the same accounts, but without IAM logins.
 *
 * @throws MissingPartError when no Docker engine answers
 */
export async function startDockerMySql(options: MySqlOptions): Promise<MySqlServer> {
  const directory = await makeRunDirectory("mysql");
  const rootPassword = randomBytes(18).toString("base64url");
  const container = await startContainer(options, directory, rootPassword);
  const port = container.getMappedPort(3306);
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, (await container.exec(["cat", "/tls/ca.pem"])).output);
  const password = options.adminPassword ?? randomBytes(18).toString("base64url");
  const root = await createConnection({ host: "localhost", port, user: "root", password: rootPassword });
  for (const statement of shapeStatements(options, DEFINER_PRIVILEGES["8.0"])) await root.query(statement);
  await root.query("ALTER USER 'admin'@'%' IDENTIFIED BY ?", [password]);
  // That account logs in through the Unix socket only, which is in a directory of this user.
  await root.query("ALTER USER 'root'@'localhost' IDENTIFIED BY ''");
  await root.end();
  const docker = (command: string) =>
    void execFileSync("docker", [command, container.getId()], { stdio: "ignore" });
  return {
    host: "localhost",
    port,
    pid: 0,
    caFile,
    ca: readFileSync(caFile, "utf8"),
    iam: false,
    line: "8.0",
    runDirectory: directory,
    admin: { username: "admin", password },
    superuser: { socketPath: join(directory, "mysqld.sock"), user: "root" },
    allowKeys: async () => {},
    setTokenClock: () => {},
    kill: async () => docker("kill"),
    stop: async () => void (await container.stop()),
    restart: async () => docker("restart"),
    freeze: async () => docker("pause"),
    thaw: () => docker("unpause"),
    log: () => execFileSync("docker", ["logs", "--tail", "40", container.getId()], { encoding: "utf8" }),
  };
}

async function startContainer(options: MySqlOptions, directory: string, rootPassword: string) {
  const { GenericContainer, Wait } = await loopbackContainers();
  const { partialRevokes = true, lowerCaseTableNames = 0, sqlMode, args = [] } = options;
  const mysqld = [
    "mysqld",
    "--ssl-ca=/tls/ca.pem",
    "--ssl-cert=/tls/server-cert.pem",
    "--ssl-key=/tls/server-key.pem",
    "--skip-name-resolve",
    `--partial-revokes=${partialRevokes ? "ON" : "OFF"}`,
    `--lower-case-table-names=${lowerCaseTableNames}`,
    "--log-bin-trust-function-creators=ON",
    "--performance-schema=OFF",
  ];
  if (sqlMode !== undefined) mysqld.push(`--sql-mode=${sqlMode}`);
  return new GenericContainer(IMAGE)
    .withEnvironment({ MYSQL_ROOT_PASSWORD: rootPassword })
    .withEntrypoint(["bash", "-c", ENTRYPOINT, "entrypoint"])
    .withCommand([...mysqld, ...args])
    .withExposedPorts(options.port === undefined ? 3306 : { container: 3306, host: options.port })
    .withBindMounts([{ source: directory, target: "/var/run/mysqld" }])
    .withWaitStrategy(Wait.forLogMessage(/ready for connections.*port: 3306/))
    .start()
    .catch(cause => {
      throw new MissingPartError(`MySQL is missing: ${INSTALL}`, { cause });
    });
}
