import { randomBytes } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SSMClient } from "@aws-sdk/client-ssm";
import { AuditTrail } from "./audit-trail";
import { awsCredentialsApi, CLIENT_OPTIONS } from "./aws-credentials-api";
import { connectMySql } from "./connect-mysql";
import { AwsCredentialsReader } from "./credentials";
import { DynamoDbItemStore } from "./dynamodb-item-store";
import type { Environment } from "./environment";
import { Ledger } from "./ledger";
import { jsonLog } from "./log";
import { Patience } from "./patience";
import { ParameterRegistry } from "./registry";
import type { Services } from "./services";

/** The functions' services on AWS; made once a container. */
export function awsServices(environment: Environment): Services {
  const { auditTable, caBundle, ledgerTable, logLevel, registryPath } = environment;
  const patience = new Patience();
  const store = new DynamoDbItemStore(new DynamoDBClient(CLIENT_OPTIONS), patience);
  const credentials = new AwsCredentialsReader(awsCredentialsApi, patience);
  return {
    registry: new ParameterRegistry(new SSMClient(CLIENT_OPTIONS), registryPath, patience),
    ledger: new Ledger(store, ledgerTable),
    audit: new AuditTrail(store, auditTable),
    connect: (entry, { bulkRead, timeoutMs }) =>
      connectMySql(entry, { credentials, caBundle, bulkRead, connectTimeoutMs: timeoutMs }),
    patience,
    log: jsonLog(logLevel, {}),
    now: () => new Date(),
    randomId: () => randomBytes(4).toString("hex"),
  };
}
