import type { AwsRequest } from "../../../local/aws-http/aws-request";
import { ACCOUNT_ID, REGION } from "../../../local/aws-http/identity";

/** One thing that IAM decides: an action on a resource, with what the conditions of policies look at. */
export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

type Tree = Readonly<Record<string, never>>;

const arn = (service: string, resource: string, region = REGION) =>
  `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;
const parameter = (name: string) => arn("ssm", `parameter/${name.replace(/^\//, "")}`);

/** A secret by its ARN, or by its name, which its ARN ends with and six characters more. */
const secret = (id: string) => (id.startsWith("arn:") ? id : arn("secretsmanager", `secret:${id}-AbCdEf`));

/** What AWS asks IAM about a request; the table of the documents' meaning of each action. */
export function iamRequests(request: AwsRequest): IamRequest[] {
  const { body, operation, service } = request;
  const tree = (typeof body === "object" && body !== null ? body : {}) as Tree;
  const one = (resource: string, context: IamRequest["context"] = {}, action = operation): IamRequest[] => [
    { action: `${service}:${action}`, resource, context },
  ];
  switch (service) {
    case "dynamodb":
      return dynamoDb(operation, tree);
    case "ssm":
      return [tree["Name"] ?? tree["Path"] ?? tree["Names"] ?? []]
        .flat()
        .flatMap(name => one(parameter(name)));
    case "kms":
      return one(tree["KeyId"]!);
    case "secretsmanager":
      return one(secret(tree["SecretId"]!));
    case "events":
      return ((tree["Entries"] ?? []) as { EventBusName?: string }[]).flatMap(entry =>
        one(arn("events", `event-bus/${entry.EventBusName ?? "default"}`)),
      );
    case "scheduler":
      return scheduler(request, tree);
    case "s3":
      return one(`arn:aws:s3:::${request.path.slice(1).split("?")[0]}`, {}, "PutObject");
    case "sts": {
      const parameters = new URLSearchParams(String(body));
      const context = { "sts:RoleSessionName": parameters.get("RoleSessionName") ?? "" };
      return one(parameters.get("RoleArn") ?? "*", context);
    }
    case "rds":
      return one(arn("rds", `${KINDS[operation]}:any`));
    case "identitystore":
      return [
        ...one(`arn:aws:identitystore::${ACCOUNT_ID}:identitystore/${tree["IdentityStoreId"]}`),
        ...one(`arn:aws:identitystore:::user/${operation === "ListUsers" ? "*" : tree["UserId"]}`),
      ];
    case "monitoring":
      return [{ action: `cloudwatch:${operation}`, resource: "*", context: {} }];
    default:
      throw new Error(`not known here: ${service} ${operation}`);
  }
}

const KINDS: Readonly<Record<string, string>> = {
  DescribeDBClusters: "cluster",
  DescribeDBInstances: "db",
  DescribeGlobalClusters: "global-cluster",
};

/** DynamoDB checks the writes of a transaction as PutItem. */
function dynamoDb(operation: string, body: Tree): IamRequest[] {
  const put = ({ Item, TableName }: Tree) => on("PutItem", TableName!, Item!["pk"]);
  const on = (action: string, table: string, pk: { S: string }): IamRequest => ({
    action: `dynamodb:${action}`,
    resource: arn("dynamodb", `table/${table}`),
    context: { "dynamodb:LeadingKeys": [pk.S] },
  });
  if (operation === "TransactWriteItems")
    return (body["TransactItems"]! as { Put: Tree }[]).map(({ Put }) => put(Put));
  if (operation === "PutItem") return [put(body)];
  if (operation === "Query")
    return [on(operation, body["TableName"]!, body["ExpressionAttributeValues"]![":pk"])];
  return [on(operation, body["TableName"]!, body["Key"]!["pk"])];
}

/** An update of a schedule passes it its role. */
function scheduler({ method, path }: AwsRequest, body: Tree): IamRequest[] {
  const url = new URL(path, "http://localhost");
  const group = url.searchParams.get("groupName") ?? body["GroupName"] ?? "default";
  const resource = arn("scheduler", `schedule/${group}/${url.pathname.split("/").at(-1)}`);
  const action = method === "GET" ? "scheduler:GetSchedule" : "scheduler:UpdateSchedule";
  const touch = { action, resource, context: {} };
  if (method === "GET") return [touch];
  const context = { "iam:PassedToService": "scheduler.amazonaws.com" };
  return [touch, { action: "iam:PassRole", resource: body["Target"]!["RoleArn"]!, context }];
}
