import type { TerraformStack } from "cdktf";
import type { AuroraClusterProps, ReconcilerProps } from "../../../constructs";

/** Databases by user, each with its role: `{ "jane.doe": { orders: "read" } }`. */
export type Users = Readonly<
  Record<string, Readonly<Record<string, string | { role: string; expires?: string; reason?: string }>>>
>;

/** One cluster stack. */
export interface Declaration {
  readonly users: Users;
  readonly cluster?: Partial<AuroraClusterProps>;
  /** Functions, ledger and audit trail of its own, in the same stack. @default - those of the shared stack */
  readonly functions?: Partial<ReconcilerProps>;
  /** The stack's id: its name in state and ledger. @default - the scenario's name */
  readonly stack?: string;
  /** The cluster construct's id. @default - the scenario's name */
  readonly construct?: string;
  /** Server that the cluster lives on. @default "orders" */
  readonly server?: string;
  /** Leaves the cluster out. @default false */
  readonly withoutCluster?: boolean;
  /** Changes the stack when all is declared, for example by aspects. */
  readonly adjust?: (stack: TerraformStack) => void;
  /** Changes of the synthesised JSON text that no prop can make. @default none */
  readonly replacements?: readonly (readonly [from: string, to: string])[];
}
