import type { Construct } from "constructs";
import { DEFAULT_PREFIX } from "../../core/roster/account-name";
import { AccessConstruct } from "../terraform/access-construct";
import { currentAccountId, currentRegion } from "../terraform/stack-context";
import type { AuroraClusterAttributes } from "./aurora-cluster-props";
import { assertName, assertPrefix } from "./checks/cluster-props";
import { assertPlace, assertProxyResourceIds, assertResourceId } from "./checks/endpoint-props";
import { assertNamedAccounts } from "./checks/named-accounts";
import type { IAuroraCluster } from "./cluster";
import type { ConnectOptions } from "./connect/connect-options";
import type { ConnectPolicy } from "./connect/connect-policy";
import { grantConnect } from "./connect/grant-connect";
import type { ConnectGrantee } from "./connect/grantee";

/** A cluster of another stack. */
export class ImportedCluster extends AccessConstruct implements IAuroraCluster {
  readonly name: string;
  readonly prefix: string;
  readonly alsoManages: readonly string[] | undefined;
  readonly resourceId: string;
  readonly nextResourceIds: readonly string[] | undefined;
  readonly proxyResourceIds: readonly string[] | undefined;
  readonly region: string;
  readonly accountId: string;

  constructor(scope: Construct, id: string, attributes: AuroraClusterAttributes) {
    super(scope, id);
    assertName(this, attributes.name);
    assertPrefix(this, attributes.prefix ?? DEFAULT_PREFIX);
    assertNamedAccounts(this, {
      prefix: attributes.prefix ?? DEFAULT_PREFIX,
      alsoManages: attributes.alsoManages,
    });
    assertResourceId(this, attributes.resourceId);
    assertPlace(this, attributes);
    this.name = attributes.name;
    this.prefix = attributes.prefix ?? DEFAULT_PREFIX;
    this.alsoManages = attributes.alsoManages;
    this.resourceId = attributes.resourceId;
    assertProxyResourceIds(this, attributes.proxyResourceIds);
    this.nextResourceIds = attributes.nextResourceIds;
    this.proxyResourceIds = attributes.proxyResourceIds;
    this.region = attributes.region ?? currentRegion(this);
    this.accountId = attributes.accountId ?? currentAccountId(this);
  }

  grantConnect(grantee: ConnectGrantee, options: ConnectOptions = {}): ConnectPolicy {
    return grantConnect(this, grantee, options);
  }
}
