import type { ObservedState } from "../mysql";

/** What is asked about: a table or view, or all of a database. */
export interface ReachTarget {
  readonly database: string;
  readonly table?: string | undefined;
}

/** The name of an object in a database. */
export interface ObjectName {
  readonly database: string;
  readonly name: string;
}

/** An object that runs with the rights of its definer, or of those who use it. */
export interface RunningObject extends ObjectName {
  /** `user@host`, without quotes, as `information_schema` has it. */
  readonly definer: string;
  /** Whether it runs with the rights of those who use it (`SQL SECURITY INVOKER`). */
  readonly isInvoker: boolean;
}

export interface ViewFacts extends RunningObject {
  readonly isUpdatable: boolean;
  /** The tables and views that it names. */
  readonly reads: readonly ObjectName[];
  /** The functions that it calls. */
  readonly calls: readonly ObjectName[];
}

/** Code; without `body` the administrator may not read it. */
export interface CodeFacts extends RunningObject {
  readonly body?: string | undefined;
}

export interface RoutineFacts extends CodeFacts {
  readonly type: "PROCEDURE" | "FUNCTION";
}

export interface TriggerFacts extends CodeFacts {
  readonly table: string;
  /** `INSERT`, `UPDATE` or `DELETE`. */
  readonly when: string;
}

/** What a server says, as far as it decides who reaches something. */
export interface ReachFacts {
  /** All accounts. */
  readonly observed: ObservedState;
  /** `@@activate_all_roles_on_login` */
  readonly activatesAllRoles: boolean;
  readonly views: readonly ViewFacts[];
  readonly routines: readonly RoutineFacts[];
  readonly triggers: readonly TriggerFacts[];
  /** Those that their schedule runs. */
  readonly events: readonly CodeFacts[];
}
