import { defined } from "../../core/json";
import type { AwsRequest } from "../aws-http/aws-request";
import { ACCOUNT_ID } from "../aws-http/identity";
import { reportError } from "../process/report-error";
import type { EventBus } from "./event-bus";
import type { ServiceCaller } from "./service-caller";

interface Parameter {
  readonly Name: string;
  readonly Type: string;
  readonly Description?: string;
}

/**
 * Publishes a "Parameter Store Change" event for each parameter that is created, updated or deleted. AWS does
 * this and moto does not.
 *
 * @see
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
export class ParameterEvents {
  readonly #caller: ServiceCaller;
  readonly #bus: EventBus;

  constructor(caller: ServiceCaller, bus: EventBus) {
    this.#caller = caller;
    this.#bus = bus;
  }

  /**
   * Call it before moto gets the request.
   * @returns what to call with moto's answer, if the request succeeds
   */
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
    const before = await this.#describe(request.operation === "DeleteParameter" ? [Name] : Names);
    return async () => {
      const remaining = new Set(
        (await this.#describe(before.map(parameter => parameter.Name))).map(parameter => parameter.Name),
      );
      for (const parameter of before)
        if (!remaining.has(parameter.Name)) await this.#publish("Delete", parameter, request.region);
    };
  }

  async #publish(
    operation: "Create" | "Update" | "Delete",
    parameter: Parameter,
    region: string,
  ): Promise<void> {
    const { Name: name, Type: type, Description: description } = parameter;
    const resource = `arn:aws:ssm:${region}:${ACCOUNT_ID}:parameter/${name.replace(/^\//, "")}`;
    const detail = defined({ operation, name, type, description: description || undefined });
    await this.#bus.publish("aws.ssm", "Parameter Store Change", [resource], detail).catch((error: Error) => {
      // AWS delivers these events on a best-effort basis: the change itself has succeeded.
      reportError("parameter-events", error);
    });
  }

  async #describe(names: readonly string[]): Promise<readonly Parameter[]> {
    if (names.length === 0) return [];
    const filter = { ParameterFilters: [{ Key: "Name", Option: "Equals", Values: names }] };
    const { Parameters } = await this.#caller
      .call<{ Parameters: readonly Parameter[] }>("ssm", "DescribeParameters", filter, { quiet: true })
      .catch(() => ({ Parameters: [] }));
    return Parameters;
  }
}
