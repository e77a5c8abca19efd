import type { RegistryEntry } from "../../core/contract/registry-entry";
import { DEFAULT_CEILING } from "../../core/roster/ceiling";
import type { Credentials } from "../../lambdas/reconciler/aws/credentials";
import type { MySqlServer } from "../../local/mysql/start-mysql";

/** The registry entry that Terraform writes for a cluster, here for a local server. */
export const registryEntry = (
  server: MySqlServer,
  overrides: Partial<RegistryEntry> = {},
): RegistryEntry => ({
  drift: "report",
  sources: [],
  protocol: 1,
  cluster: "orders",
  engine: "mysql",
  host: server.host,
  port: server.port,
  resourceId: "cluster-LOCALORDERS",
  region: "eu-central-1",
  credentials: { secretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders" },
  prefix: "sl",
  ceiling: DEFAULT_CEILING,
  unmanaged: "report",
  definers: "block",
  ...overrides,
});

/** The login of the server's administrator, without Secrets Manager. */
export const passwordCredentials = (server: MySqlServer): Credentials => ({
  login: async () => ({ user: server.admin.username, password: server.admin.password, token: false }),
});
