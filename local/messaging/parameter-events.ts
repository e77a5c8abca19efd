import type { AwsRequest } from "../aws-http/aws-request";
import { ACCOUNT_ID } from "../aws-http/identity";
import type { EventBus } from "./event-bus";
import type { ServiceCaller } from "./service-caller";

interface Parameter {
  readonly Name: string;
  readonly Type: string;
  readonly Description?: string;
}

/**
 * Publishes a "Parameter Store Change" event for each parameter that was created, updated or deleted, as AWS does and moto
 * does not.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
export class ParameterEvents {
  constructor(
    private readonly caller: ServiceCaller,
    private readonly bus: EventBus,
  ) {}

  /** To be asked before moto does the request; what it returns wants moto's answer when that is a success. */
  async watch(request: AwsRequest): Promise<((text: string) => Promise<void>) | undefined> {
    if (request.service !== "ssm") return undefined;
    const { Name = "", Names = [] } = (request.body ?? {}) as { Name?: string; Names?: readonly string[] };
    if (request.operation === "PutParameter") {
      return async text => {
        const { Version } = JSON.parse(text) as { Version: number };
        for (const parameter of await this.#describe([Name]))
          await this.#publish(Version === 1 ? "Create" : "Update", parameter, request.region);
      };
    }
    if (request.operation !== "DeleteParameter" && request.operation !== "DeleteParameters") return undefined;
    const there = await this.#describe(request.operation === "DeleteParameter" ? [Name] : Names);
    return async () => {
      const left = new Set(
        (await this.#describe(there.map(parameter => parameter.Name))).map(parameter => parameter.Name),
      );
      for (const parameter of there)
        if (!left.has(parameter.Name)) await this.#publish("Delete", parameter, request.region);
    };
  }

  async #publish(
    operation: "Create" | "Update" | "Delete",
    parameter: Parameter,
    region: string,
  ): Promise<void> {
    const { Name: name, Type: type, Description: description } = parameter;
    const resource = `arn:aws:ssm:${region}:${ACCOUNT_ID}:parameter/${name.replace(/^\//, "")}`;
    const detail = { operation, name, type, ...(description ? { description } : {}) };
    await this.bus.publish("aws.ssm", "Parameter Store Change", [resource], detail).catch((error: Error) => {
      // On AWS these events are "best effort": the change itself stands.
      process.stderr.write(`parameter-events: ${error.message}\n`);
    });
  }

  async #describe(names: readonly string[]): Promise<readonly Parameter[]> {
    if (names.length === 0) return [];
    const filter = { ParameterFilters: [{ Key: "Name", Option: "Equals", Values: names }] };
    const { Parameters } = await this.caller
      .call<{ Parameters: readonly Parameter[] }>("ssm", "DescribeParameters", filter, { quiet: true })
      .catch(() => ({ Parameters: [] }));
    return Parameters;
  }
}
