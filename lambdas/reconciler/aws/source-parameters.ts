import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import type { SourceText } from "../../../core/source";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** The operations of Parameter Store that the reading of sources uses. */
export interface SourceParameters {
  /** undefined if there is no such parameter. */
  read(name: string): Promise<SourceText | undefined>;
  /** The values of the parameters that exist, by name. */
  pieces(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Who wrote a version, if the history says. Never fails. */
  author(name: string, version: number): Promise<string | undefined>;
}

/**
 * The most names of one call.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
const NAMES_A_CALL = 10;

/** Parameter Store itself. */
export function ssmSourceParameters(
  client: Pick<SSMClient, "send">,
  retry: AccessDeniedRetry,
): SourceParameters {
  return {
    async read(Name) {
      try {
        const command = new GetParameterCommand({ Name, WithDecryption: true });
        const { Parameter } = await retry.run(() => client.send(command));
        const { LastModifiedDate = new Date(0), Value = "", Version = 0 } = Parameter ?? {};
        return { text: Value, version: Version, modified: LastModifiedDate.toISOString() };
      } catch (error) {
        if (error instanceof Error && error.name === "ParameterNotFound") return undefined;
        throw error;
      }
    },

    async pieces(names) {
      const found = new Map<string, string>();
      for (let start = 0; start < names.length; start += NAMES_A_CALL) {
        const Names = names.slice(start, start + NAMES_A_CALL);
        const command = new GetParametersCommand({ Names, WithDecryption: true });
        const { Parameters = [] } = await retry.run(() => client.send(command));
        for (const { Name, Value } of Parameters) if (Name !== undefined) found.set(Name, Value ?? "");
      }
      return found;
    },

    async author(Name, version) {
      try {
        let NextToken: string | undefined;
        do {
          const command: GetParameterHistoryCommand = new GetParameterHistoryCommand({
            Name,
            WithDecryption: false,
            NextToken,
          });
          const page = await client.send(command);
          const entry = page.Parameters?.find(past => past.Version === version);
          if (entry) return entry.LastModifiedUser;
          NextToken = page.NextToken;
        } while (NextToken !== undefined);
      } catch {
        // The author is for information only: a run does not fail without it.
      }
      return undefined;
    },
  };
}
