import type { AwsRequest } from "../../../local/aws-http/aws-request";
import { accountOf } from "../../../local/aws-http/identity";

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
  readonly TableName: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly ExpressionAttributeValues?: Attributes;
  readonly TransactItems?: readonly { readonly Put: Body }[];
}

/** What a request of the functions does with tables. */
export function tableUses({ accessKeyId, body, operation }: AwsRequest): TableUse[] {
  const { TransactItems, ...one } = body as Body;
  const accountId = accountOf(accessKeyId) ?? "";
  const use = ({ ExpressionAttributeValues, Item, Key, TableName }: Body, action: string): TableUse => ({
    accountId,
    action: `dynamodb:${action}`,
    table: TableName,
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
