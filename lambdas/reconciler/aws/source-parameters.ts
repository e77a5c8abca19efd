import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  type ParameterHistory,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import type { AccessDeniedRetry } from "./access-denied-retry";

/** What an SSM parameter holds now. */
export interface SourceText {
  readonly text: string;
  readonly version: number;
  /** When that version was written, as an ISO 8601 timestamp. */
  readonly modified: string;
}

/** What the reading of sources needs of Parameter Store. */
export interface SourceParameters {
  /** undefined where there is no such parameter. */
  read(name: string): Promise<SourceText | undefined>;
  /** Those of the parameters that there are, by name. */
  pieces(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Who wrote a version, where the history tells. Never fails. */
  author(name: string, version: number): Promise<string | undefined>;
}

/** As many as one call takes. @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const NAMES_A_CALL = 10;

/** Parameter Store itself. */
export function ssmSourceParameters(
  client: Pick<SSMClient, "send">,
  patience: AccessDeniedRetry,
): SourceParameters {
  return {
    async read(Name) {
      try {
        const command = new GetParameterCommand({ Name, WithDecryption: true });
        const { Parameter } = await patience.run(() => client.send(command));
        const { LastModifiedDate, Value = "", Version = 0 } = Parameter ?? {};
        return { text: Value, version: Version, modified: (LastModifiedDate ?? new Date(0)).toISOString() };
      } catch (error) {
        if (error instanceof Error && error.name === "ParameterNotFound") return undefined;
        throw error;
      }
    },

    async pieces(names) {
      const found = new Map<string, string>();
      for (let start = 0; start < names.length; start += NAMES_A_CALL) {
        const command = new GetParametersCommand({
          Names: names.slice(start, start + NAMES_A_CALL),
          WithDecryption: true,
        });
        const { Parameters = [] } = await patience.run(() => client.send(command));
        for (const { Name, Value } of Parameters) if (Name !== undefined) found.set(Name, Value ?? "");
      }
      return found;
    },

    async author(Name, version) {
      try {
        let NextToken: string | undefined;
        do {
          const command: GetParameterHistoryCommand = new GetParameterHistoryCommand({
            ...{ Name, WithDecryption: false },
            ...(NextToken === undefined ? {} : { NextToken }),
          });
          const page = await client.send(command);
          const entry = page.Parameters?.find((past: ParameterHistory) => past.Version === version);
          if (entry) return entry.LastModifiedUser;
          NextToken = page.NextToken;
        } while (NextToken !== undefined);
      } catch {
        // Who it was is good to know, and no condition.
      }
      return undefined;
    },
  };
}
