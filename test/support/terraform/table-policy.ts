import type { AwsRequest } from "../../../local/aws-http/aws-request";
import { unsignedAuthorization } from "../../../local/aws-http/identity";

interface TableStatement {
  readonly Principal: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition: {
    readonly "ForAllValues:StringEquals": { readonly "dynamodb:LeadingKeys": readonly string[] };
  };
}

/** One use of a table: each write of a transaction is one of its own, as IAM sees it. */
export interface TableUse {
  readonly accountId: string;
  /** `dynamodb:PutItem` */
  readonly action: string;
  /** The table's ARN, or its name. */
  readonly table: string;
  /** The partition. */
  readonly key: string;
}

type Attributes = Readonly<Record<string, { readonly S?: string }>>;

interface Body {
  readonly TableName?: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly ExpressionAttributeValues?: Attributes;
  readonly TransactItems?: readonly { readonly Put: Body }[];
}

/** What requests of the functions do with tables that they name by ARN. */
export async function tableUses(endpoint: string, requests: readonly AwsRequest[]): Promise<TableUse[]> {
  const keys = [...new Set(requests.map(({ accessKeyId }) => accessKeyId))];
  const accounts = await Promise.all(
    keys.map(async key => [key, await accountOfKey(endpoint, key)] as const),
  );
  const accountOf = new Map(accounts);
  return requests
    .flatMap(request => usesOf(request, accountOf.get(request.accessKeyId)!))
    .filter(({ table }) => table.startsWith("arn:"));
}

/** The account of a function's key, or of a session that a function assumed. */
async function accountOfKey(endpoint: string, accessKeyId: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: unsignedAuthorization(accessKeyId, "sts"),
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  return /<Account>(\d{12})</.exec(await response.text())?.[1] ?? "";
}

function usesOf({ body, operation }: AwsRequest, accountId: string): TableUse[] {
  const { TransactItems, ...one } = body as Body;
  const use = ({ ExpressionAttributeValues, Item, Key, TableName }: Body, action: string): TableUse => ({
    accountId,
    action: `dynamodb:${action}`,
    table: TableName ?? "",
    key: (Key ?? Item)?.["pk"]?.S ?? ExpressionAttributeValues?.[":pk"]?.S ?? "",
  });
  return TransactItems ? TransactItems.map(({ Put }) => use(Put, "PutItem")) : [use(one, operation)];
}

/** Whether a table's policy allows the use, whichever of the account's roles it is. */
export const isAllowed = (policy: string, { accountId, action, key, table }: TableUse): boolean =>
  (JSON.parse(policy).Statement as TableStatement[]).some(
    ({ Action, Condition, Principal, Resource }) =>
      Principal.AWS === accountId &&
      Action.includes(action) &&
      Resource === table &&
      Condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"].includes(key),
  );
