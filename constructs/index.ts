import "./terraform/framework";

export type { DatabasePrivilege } from "../core/catalogue/mysql-privileges";
export type { ServerPrivilege } from "../core/catalogue/server-privileges";
export type { Ceiling } from "../core/roster/ceiling";
export { DEFAULT_CEILING } from "../core/roster/ceiling";
export { AccessStackCheck, type AccessStackCheckProps } from "./cluster/access-stack-check";
export { addUsers } from "./cluster/add-users";
export { AuroraCluster } from "./cluster/aurora-cluster";
export type {
  AuroraClusterAttributes,
  AuroraClusterProps,
  EnforcementOptions,
} from "./cluster/aurora-cluster-props";
export type { AccountHolder, IAuroraCluster } from "./cluster/cluster";
export { ClusterEndpoint } from "./cluster/cluster-endpoint";
export type {
  ClusterAttributes,
  ClusterCoordinates,
  ClusterLogin,
  LookupOptions,
  RdsClusterOptions,
} from "./cluster/cluster-endpoint-props";
export type { RosterEntry } from "./cluster/cluster-roster";
export type { ConnectConditions, ConnectOptions, IConnectPolicy } from "./cluster/connect/connect-options";
export { ConnectPolicy } from "./cluster/connect/connect-policy";
export type { ConnectPolicyProps } from "./cluster/connect/connect-policy-props";
export type {
  ConnectGrantee,
  ManagedPolicyReference,
  PermissionSetReference,
} from "./cluster/connect/grantee";
export {
  IdentityCenterAttributes,
  type IdentityCenterAttributesProps,
} from "./cluster/connect/identity-center-attributes";
export { SHIPPED_ROLES } from "./cluster/shipped-roles";
export { UserGrant } from "./cluster/user-grant";
export type {
  AccountLimits,
  CertificateNames,
  GrantedObjects,
  GrantedPattern,
  GrantedRole,
  GrantedServer,
  GrantedUser,
  GrantLimits,
  GrantOption,
  PasswordTerms,
  UserGrantProps,
} from "./cluster/user-grant-props";
export {
  AccessLedger,
  type AccessLedgerAttributes,
  type AccessLedgerProps,
  type IAccessLedger,
} from "./ledger/access-ledger";
export {
  type AuditAnchorAttributes,
  AuditAnchorBucket,
  type AuditAnchorBucketProps,
  type IAuditAnchor,
} from "./ledger/audit-anchor";
export type { LedgerUser } from "./ledger/shared-ledger";
export { AccessNotifier } from "./notifications/access-notifier";
export {
  EmailChannel,
  type EmailChannelProps,
  type SesTransport,
  type SmtpTransport,
} from "./notifications/email-channel";
export {
  type BoundChannel,
  type ChannelProps,
  NotificationChannel,
} from "./notifications/notification-channel";
export type {
  AccessNotifierAttributes,
  AccessNotifierProps,
  IAccessNotifier,
} from "./notifications/notifier-props";
export { SlackChannel, type SlackChannelProps } from "./notifications/slack-channel";
export { SnsChannel, type SnsChannelProps } from "./notifications/sns-channel";
export { TeamsChannel, type TeamsChannelProps } from "./notifications/teams-channel";
export { WebhookChannel, type WebhookChannelProps } from "./notifications/webhook-channel";
export {
  IdentityCenterOffboarding,
  type IdentityCenterOffboardingProps,
} from "./offboarding/identity-center-offboarding";
export { AccessAlarms, type AccessAlarmsProps } from "./operations/access-alarms";
export { AccessDashboard, type AccessDashboardProps } from "./operations/access-dashboard";
export { type AlarmDefinition, CLUSTER_ALARMS, DEAD_LETTERS_ALARM } from "./operations/alarm-definitions";
export type { NamedMetric } from "./operations/dashboard-body";
export type { WatchedClusters } from "./operations/watched-clusters";
export { AccountSecret, type IAccountSecret, type SecretReader } from "./password/account-secret";
export type { PasswordOptions } from "./password/cluster-secrets";
export type { FunctionSettings, FunctionVpc } from "./reconciler/function-settings";
export { Reconciler } from "./reconciler/reconciler";
export type { ReconcilerNames } from "./reconciler/reconciler-names";
export type {
  Invokers,
  IReconciler,
  ReconcilerAttributes,
  ReconcilerProps,
  ReconcilerVpc,
} from "./reconciler/reconciler-props";
export {
  ParameterStoreSource,
  type ParameterStoreSourceProps,
  type SourcedCluster,
} from "./source/parameter-store-source";
export type { PolicyStatement } from "./terraform/policy-document";
export { ValidationError } from "./terraform/validation-error";
export {
  AccessVpcEndpoints,
  type AccessVpcEndpointsProps,
  type EndpointService,
} from "./topology/access-vpc-endpoints";
export { ClusterNetworkRules, type ClusterNetworkRulesProps } from "./topology/cluster-network-rules";
export { TargetAccountRole } from "./topology/target-account-role";
export type { TargetAccountRoleProps, TargetCluster } from "./topology/target-account-role-props";
