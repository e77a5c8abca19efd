import type { Construct } from "constructs";
import { assertText } from "../terraform/assertions";

/**
 * The names of everything that belongs to one reconciler. All of them follow from the reconciler's name, so
 * other stacks need no reference.
 */
export interface ReconcilerNames {
  /** The reconciler's name, with which every other name begins. Distinguishes several reconcilers. */
  readonly name: string;
  /** The function that every plan calls. It changes nothing. */
  readonly previewFunction: string;
  /** The function that a cluster's hook calls. */
  readonly applyFunction: string;
  /** The function that schedules and changes of parameters call. */
  readonly enforceFunction: string;
  /** The function that Secrets Manager calls to rotate passwords. Only made if `rotation` is set. */
  readonly rotateFunction: string;
  /** The name of the preview function's role. */
  readonly previewRole: string;
  /** The name of the apply function's role. */
  readonly applyRole: string;
  /** The name of the enforcement function's role. */
  readonly enforceRole: string;
  /** The name of the rotation function's role. */
  readonly rotateRole: string;
  /** The name of the role with which EventBridge Scheduler calls the enforcement function. */
  readonly schedulerRole: string;
  /** The name of the schedule group that holds all clusters' schedules. */
  readonly scheduleGroup: string;
  /** The name of the event bus that the functions send events to. */
  readonly eventBus: string;
  /** The name of the queue in which changes of parameters wait for the enforcement function. */
  readonly sourceQueue: string;
  /** The name of the queue that keeps calls of the enforcement function that never succeeded. */
  readonly deadLetterQueue: string;
  /** The path of the registry's SSM parameters: `<path>/<cluster>`. */
  readonly registryPath: string;
}

export const DEFAULT_RECONCILER_NAME = "aurora-users";
export const DEFAULT_EVENT_BUS = "default";

const NAME = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/,
  rule: "1 to 40 letters, digits, `_` and `-`, the first a letter or digit",
};
const REGISTRY_PATH = {
  pattern: /^(?!\/(?:aws|ssm))(\/[A-Za-z0-9_.-]+){1,14}$/i,
  rule: "a path of SSM parameters that begins with `/` and not with `/aws` or `/ssm`",
};
// The rules of EventBridge, without partners' buses, which accept no events of ours.
const EVENT_BUS = { pattern: /^[A-Za-z0-9._-]{1,256}$/, rule: "the name of an event bus of this account" };

/** @throws ValidationError if the text cannot be the name of an event bus */
export const assertEventBus = (scope: Construct, eventBus: string): void =>
  assertText(scope, "eventBus", eventBus, EVENT_BUS);

/**
 * The names of a reconciler.
 * @throws ValidationError if a given name is not allowed
 */
export function reconcilerNames(
  scope: Construct,
  name: string = DEFAULT_RECONCILER_NAME,
  registryPath: string = `/${name}`,
  eventBus: string = DEFAULT_EVENT_BUS,
): ReconcilerNames {
  assertText(scope, "name", name, NAME);
  assertText(scope, "registryPath", registryPath, REGISTRY_PATH);
  assertEventBus(scope, eventBus);
  return {
    name,
    previewFunction: `${name}-preview`,
    applyFunction: `${name}-apply`,
    enforceFunction: `${name}-enforce`,
    rotateFunction: `${name}-rotate`,
    previewRole: `${name}-preview`,
    applyRole: `${name}-apply`,
    enforceRole: `${name}-enforce`,
    rotateRole: `${name}-rotate`,
    schedulerRole: `${name}-scheduler`,
    scheduleGroup: name,
    eventBus,
    sourceQueue: `${name}-sources`,
    deadLetterQueue: `${name}-dead-letters`,
    registryPath,
  };
}
