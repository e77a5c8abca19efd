import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { encodeName } from "../terraform/address";
import { awsPartition, currentAccountId, currentRegion } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";

/** The ledger (what was applied to each cluster) and the audit trail (all that was done or refused). */
export interface IAccessLedger extends IConstruct {
  /** The ledger's table. Known at synth. */
  readonly ledgerTable: string;
  /** The audit trail's table. Known at synth. */
  readonly auditTable: string;
  /** The ledger's table, as an ARN. */
  readonly ledgerTableArn: string;
  /** The audit trail's table, as an ARN. */
  readonly auditTableArn: string;
  /** The key that both are encrypted with, where it is one of the customer's own. */
  readonly kmsKeyArn: string | undefined;
  /** What has to exist before the tables can be used. Only of meaning in the same stack. */
  readonly dependables: readonly ITerraformDependable[];
}

export interface AccessLedgerProps {
  /**
   * Begins the tables' names (`<name>-ledger`, `<name>-audit`): 3 to 200 letters, digits, `.`, `_` and `-`.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * The KMS key that encrypts both tables, as an ARN.
   * @default - the account's key for DynamoDB that AWS manages
   */
  readonly kmsKeyArn?: string;
  /**
   * Whether AWS refuses to delete the tables. Without the ledger nothing is given or taken; the audit trail is evidence.
   * @default true
   */
  readonly deletionProtection?: boolean;
  /**
   * Tags of both tables.
   * @default - those of the provider
   */
  readonly tags?: Record<string, string>;
}

/** What is needed to use tables that another stack holds. */
export interface AccessLedgerAttributes {
  /**
   * Begins the tables' names (`<name>-ledger`, `<name>-audit`).
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * The region of the tables.
   * @default - the stack's
   */
  readonly region?: string;
  /**
   * The account of the tables.
   * @default - the stack's
   */
  readonly accountId?: string;
  /**
   * The customer's key that both are encrypted with, as an ARN.
   * @default - none
   */
  readonly kmsKeyArn?: string;
}

const DEFAULT_NAME = "aurora-users";

function assertName(name: string, scope: Construct): void {
  if (Token.isUnresolved(name) || !/^[A-Za-z0-9_.-]{3,200}$/.test(name))
    throw new ValidationError(
      `\`name\` must be 3 to 200 letters, digits, \`.\`, \`_\` and \`-\`, known at synth, got: ${name}`,
      scope,
    );
}

/**
 * The two DynamoDB tables that clusters share: encrypted, restorable to any second of the last 35 days, protected from deletion.
 *
 * @example
 * new AccessLedger(this, "Ledger", { kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" });
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
 */
export class AccessLedger extends Construct implements IAccessLedger {
  /** Tables that another stack holds, by their names. */
  static fromAccessLedgerAttributes(
    scope: Construct,
    id: string,
    attributes: AccessLedgerAttributes = {},
  ): IAccessLedger {
    return new ImportedAccessLedger(scope, id, attributes);
  }

  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly ledgerTableArn: string;
  readonly auditTableArn: string;
  readonly kmsKeyArn: string | undefined;
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AccessLedgerProps = {}) {
    super(scope, id);
    const { name = DEFAULT_NAME } = props;
    assertName(name, this);
    this.kmsKeyArn = props.kmsKeyArn;
    const [ledger, audit] = (["ledger", "audit"] as const).map(part => this.table(part, name, props)) as [
      DynamodbTable,
      DynamodbTable,
    ];
    this.ledgerTable = `${name}-ledger`;
    this.auditTable = `${name}-audit`;
    this.ledgerTableArn = ledger.arn;
    this.auditTableArn = audit.arn;
    this.dependables = [ledger, audit];
  }

  private table(part: "ledger" | "audit", name: string, props: AccessLedgerProps): DynamodbTable {
    const table = new DynamodbTable(this, part === "ledger" ? "Ledger" : "Audit", {
      name: `${name}-${part}`,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attribute: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      serverSideEncryption: {
        enabled: true,
        ...(props.kmsKeyArn === undefined ? {} : { kmsKeyArn: props.kmsKeyArn }),
      },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: props.deletionProtection ?? true,
      ...(props.tags ? { tags: props.tags } : {}),
    });
    table.overrideLogicalId(`${encodeName(name)}-${part}`);
    return table;
  }
}

class ImportedAccessLedger extends Construct implements IAccessLedger {
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly ledgerTableArn: string;
  readonly auditTableArn: string;
  readonly kmsKeyArn: string | undefined;
  readonly dependables: readonly ITerraformDependable[] = [];

  constructor(scope: Construct, id: string, attributes: AccessLedgerAttributes) {
    super(scope, id);
    const {
      name = DEFAULT_NAME,
      region = currentRegion(this),
      accountId = currentAccountId(this),
    } = attributes;
    assertName(name, this);
    const arn = (table: string) =>
      `arn:${awsPartition(this, region)}:dynamodb:${region}:${accountId}:table/${table}`;
    this.ledgerTable = `${name}-ledger`;
    this.auditTable = `${name}-audit`;
    this.ledgerTableArn = arn(this.ledgerTable);
    this.auditTableArn = arn(this.auditTable);
    this.kmsKeyArn = attributes.kmsKeyArn;
  }
}
