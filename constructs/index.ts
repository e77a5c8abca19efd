export type { Ceiling } from "../core/ceiling";
export { DEFAULT_CEILING } from "../core/ceiling";
export type { DatabasePrivilege } from "../core/mysql/database-privileges";
export { AccessLedger, type AccessLedgerAttributes, type AccessLedgerProps, type IAccessLedger } from "./access-ledger";
export { AccessStackCheck, type AccessStackCheckProps } from "./access-stack-check";
export { addUsers } from "./add-users";
export { type AuditAnchorAttributes, AuditAnchorBucket, type AuditAnchorBucketProps, type IAuditAnchor } from "./audit-anchor";
export {
  AuroraCluster,
  type AuroraClusterAttributes,
  type AuroraClusterProps,
  type EnforcementOptions,
  type IAuroraCluster,
} from "./aurora-cluster";
export {
  type ClusterAttributes,
  type ClusterLogin,
  ClusterSource,
  type LookupOptions,
  type RdsClusterOptions,
} from "./cluster-source";
export { type ConnectGrantee, ConnectPolicy, type ConnectPolicyProps, type PermissionSetReference } from "./connect-policy";
export type { FunctionSettings, FunctionVpc } from "./lambda-function";
export {
  AccessNotifier,
  type AccessNotifierAttributes,
  type AccessNotifierProps,
  type IAccessNotifier,
} from "./notifications/access-notifier";
export { EmailChannel, type EmailChannelProps, type SesTransport, type SmtpTransport } from "./notifications/email-channel";
export { type BoundChannel, type ChannelProps, NotificationChannel } from "./notifications/notification-channel";
export { SlackChannel, type SlackChannelProps } from "./notifications/slack-channel";
export { SnsChannel, type SnsChannelProps } from "./notifications/sns-channel";
export { TeamsChannel, type TeamsChannelProps } from "./notifications/teams-channel";
export { WebhookChannel, type WebhookChannelProps } from "./notifications/webhook-channel";
export { AccessAlarms, type AccessAlarmsProps } from "./operations/access-alarms";
export { AccessDashboard, type AccessDashboardProps } from "./operations/access-dashboard";
export { type AlarmDefinition, CLUSTER_ALARMS, DEAD_LETTERS_ALARM } from "./operations/alarm-definitions";
export type { NamedMetric } from "./operations/dashboard-body";
export type { WatchedClusters } from "./operations/watched-clusters";
export { ParameterStoreSource, type ParameterStoreSourceProps, type SourcedCluster } from "./parameter-store-source";
export { type IReconciler, Reconciler, type ReconcilerAttributes, type ReconcilerProps, type ReconcilerVpc } from "./reconciler";
export { SHIPPED_ROLES } from "./shipped-roles";
export { type GrantedRole, type GrantedUser, UserGrant, type UserGrantProps } from "./user-grant";
export { ValidationError } from "./validation-error";
