import type { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import type { ITerraformDependable } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { defined } from "../../core/json";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { ACCOUNT_ID, assertArn, assertKnownText, assertText, REGION } from "../terraform/assertions";
import { claimInPlace } from "../terraform/claimed-names";
import { keyedTable } from "../terraform/keyed-table";
import { assertSharing, type LedgerUser, sharePolicy } from "./shared-ledger";

/** The ledger (what was applied to each cluster) and the audit trail (everything done or refused). */
export interface IAccessLedger extends IConstruct {
  /** The name of the ledger's table. Known at synth. */
  readonly ledgerTable: string;
  /** The name of the audit trail's table. Known at synth. */
  readonly auditTable: string;
  /** The ARN of the ledger's table. May be a token. */
  readonly ledgerTableArn: string;
  /** The ARN of the audit trail's table. May be a token. */
  readonly auditTableArn: string;
  /** The ARN of the customer's KMS key that encrypts both tables; undefined if they use a key of AWS. */
  readonly kmsKeyArn: string | undefined;
  /**
   * Whether the tables are in another account or region than the stack. The functions then use their ARNs.
   * @default false
   */
  readonly isElsewhere?: boolean | undefined;
  /** The resources that must exist before the tables can be used. Only used within the same stack. */
  readonly dependables: readonly ITerraformDependable[];
}

export interface AccessLedgerProps {
  /**
   * The beginning of both tables' names (`<name>-ledger`, `<name>-audit`): 3 to 200 letters, digits, `.`, `_`
   * and `-`.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * The ARN of the KMS key that encrypts both tables.
   * @default - the key that AWS manages for DynamoDB in this account
   */
  readonly kmsKeyArn?: string;
  /**
   * Whether AWS refuses to delete the tables. Without the ledger the functions neither give nor take access;
   * the audit trail is evidence.
   * @default true
   */
  readonly deletionProtection?: boolean;
  /**
   * Reconcilers of other accounts that use the tables, each for its own clusters. Needs `kmsKeyArn`, and that
   * key's policy must allow these accounts to use it through DynamoDB.
   * @default - none: roles of this account need only their own policies
   */
  readonly sharedWith?: readonly LedgerUser[];
  /**
   * The tags of both tables.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}

/** Describes the tables of another stack. */
export interface AccessLedgerAttributes {
  /**
   * The beginning of both tables' names (`<name>-ledger`, `<name>-audit`): 3 to 200 letters, digits, `.`, `_`
   * and `-`.
   * @default "aurora-users"
   */
  readonly name?: string;
  /**
   * The tables' region. Give it, or `accountId`, only where it is another than the stack's.
   * @default - the stack's
   */
  readonly region?: string;
  /**
   * The tables' account, 12 digits.
   * @default - the stack's
   */
  readonly accountId?: string;
  /**
   * The ARN of the customer's KMS key that encrypts both tables.
   * @default - none: the tables use a key of AWS
   */
  readonly kmsKeyArn?: string;
}

const NAME = { pattern: /^[A-Za-z0-9_.-]{3,200}$/, rule: "3 to 200 letters, digits, `.`, `_` and `-`" };

/** A construct with the checked name of the two tables. */
abstract class NamedLedger extends AccessConstruct {
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, attributes: AccessLedgerAttributes) {
    super(scope, id);
    const { name = "aurora-users", kmsKeyArn } = attributes;
    assertText(this, "name", name, NAME);
    assertArn(this, "kmsKeyArn", kmsKeyArn, "key");
    this.ledgerTable = `${name}-ledger`;
    this.auditTable = `${name}-audit`;
    this.kmsKeyArn = kmsKeyArn;
  }
}

/**
 * The two DynamoDB tables that all clusters share. Both are encrypted, protected from deletion, and can be
 * restored to any second of the last 35 days.
 *
 * @example
 * new AccessLedger(this, "Ledger", {
 *   kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
 * });
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
 */
export class AccessLedger extends NamedLedger implements IAccessLedger {
  /** The tables of another stack, known by their names. */
  static fromAccessLedgerAttributes(
    scope: Construct,
    id: string,
    attributes: AccessLedgerAttributes = {},
  ): IAccessLedger {
    return new ImportedAccessLedger(scope, id, attributes);
  }

  readonly ledgerTableArn: string;
  readonly auditTableArn: string;
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AccessLedgerProps = {}) {
    super(scope, id, props);
    claimInPlace(this, "ledger", this.ledgerTable);
    const ledger = this.#table("Ledger", this.ledgerTable, props);
    const audit = this.#table("Audit", this.auditTable, props);
    const { sharedWith = [] } = props;
    if (sharedWith.length > 0) {
      assertSharing(this, sharedWith, props.kmsKeyArn);
      sharePolicy(this, "ledger", ledger, sharedWith);
      sharePolicy(this, "audit", audit, sharedWith);
    }
    this.ledgerTableArn = ledger.arn;
    this.auditTableArn = audit.arn;
    this.dependables = [ledger, audit];
  }

  #table(id: string, name: string, { deletionProtection = true, tags }: AccessLedgerProps): DynamodbTable {
    return keyedTable(this, id, {
      logicalId: encodeName(name),
      name,
      serverSideEncryption: defined({ enabled: true, kmsKeyArn: this.kmsKeyArn }),
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: deletionProtection,
      tags,
    });
  }
}

class ImportedAccessLedger extends NamedLedger implements IAccessLedger {
  readonly isElsewhere: boolean;
  readonly ledgerTableArn: string;
  readonly auditTableArn: string;
  readonly dependables: readonly ITerraformDependable[] = [];

  constructor(scope: Construct, id: string, attributes: AccessLedgerAttributes) {
    super(scope, id, attributes);
    assertKnownText(this, "region", attributes.region, REGION);
    assertKnownText(this, "accountId", attributes.accountId, ACCOUNT_ID);
    this.isElsewhere = attributes.region !== undefined || attributes.accountId !== undefined;
    this.ledgerTableArn = arnOf(this, "dynamodb", `table/${this.ledgerTable}`, attributes);
    this.auditTableArn = arnOf(this, "dynamodb", `table/${this.auditTable}`, attributes);
  }
}
