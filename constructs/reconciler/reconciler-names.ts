import { Token } from "cdktf";
import type { Construct } from "constructs";
import { ValidationError } from "../terraform/validation-error";

/** What everything of one reconciler is called. All of it follows from its name, so that other stacks need no reference. */
export interface ReconcilerNames {
  /** What tells several apart; begins every name. */
  readonly name: string;
  /** The function that every plan asks. It changes nothing. */
  readonly previewFunction: string;
  /** The function that a hook calls. */
  readonly applyFunction: string;
  /** The function that schedules and changes of parameters call. */
  readonly enforceFunction: string;
  /** The role of the preview function, by name. */
  readonly previewRole: string;
  /** The role of the apply function, by name. */
  readonly applyRole: string;
  /** The role of the enforcement function, by name. */
  readonly enforceRole: string;
  /** The role by which EventBridge Scheduler calls the enforcement function, by name. */
  readonly schedulerRole: string;
  /** The group that the clusters' schedules are in. */
  readonly scheduleGroup: string;
  /** The event bus that events go to, by name. */
  readonly eventBus: string;
  /** Where changes of parameters wait for the enforcement function, by the queue's name. */
  readonly sourceQueue: string;
  /** Where calls of the enforcement function end that never succeeded, by the queue's name. */
  readonly deadLetterQueue: string;
  /** Under which the registry's SSM parameters stand: `<path>/<cluster>`. */
  readonly registryPath: string;
}

export const DEFAULT_RECONCILER_NAME = "aurora-users";
export const DEFAULT_EVENT_BUS = "default";

/** The names of a reconciler. @throws ValidationError where one cannot be */
export function reconcilerNames(
  scope: Construct,
  name: string = DEFAULT_RECONCILER_NAME,
  registryPath: string = `/${name}`,
  eventBus: string = DEFAULT_EVENT_BUS,
): ReconcilerNames {
  if (Token.isUnresolved(name) || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(name))
    throw new ValidationError(
      `\`name\` must be 1 to 40 letters, digits, \`_\` and \`-\`, known at synth, got: ${name}`,
      scope,
    );
  if (
    Token.isUnresolved(registryPath) ||
    !/^(\/[A-Za-z0-9_.-]+){1,14}$/.test(registryPath) ||
    /^\/(aws|ssm)/i.test(registryPath)
  )
    throw new ValidationError(
      `\`registryPath\` must be a path of SSM parameters that begins with \`/\` and not with \`/aws\` or \`/ssm\`, known at synth, got: ${registryPath}`,
      scope,
    );
  assertEventBus(scope, eventBus);
  return {
    name,
    previewFunction: `${name}-preview`,
    applyFunction: `${name}-apply`,
    enforceFunction: `${name}-enforce`,
    previewRole: `${name}-preview`,
    applyRole: `${name}-apply`,
    enforceRole: `${name}-enforce`,
    schedulerRole: `${name}-scheduler`,
    scheduleGroup: name,
    eventBus,
    sourceQueue: `${name}-sources`,
    deadLetterQueue: `${name}-dead-letters`,
    registryPath,
  };
}

/** The rules of EventBridge, without the names of partners' buses, which take no events of ours. */
export function assertEventBus(scope: Construct, eventBus: string): void {
  if (Token.isUnresolved(eventBus) || !/^[A-Za-z0-9._-]{1,256}$/.test(eventBus))
    throw new ValidationError(
      `\`eventBus\` must be the name of an event bus of this account, known at synth, got: ${eventBus}`,
      scope,
    );
}
