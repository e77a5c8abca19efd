import { createHash } from "node:crypto";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { pieceNames, readJson, splitDocument, splitIndexOf } from "../../core/source";
import { UsageError } from "../terminal/command";

export interface SourceTarget {
  readonly parameter: string;
  readonly region: string;
  /** @default - that of the parameter as it is, or String */
  readonly type: "String" | "SecureString" | undefined;
}

export interface Written {
  readonly parameter: string;
  readonly version: number;
  /** 0: the document fits the parameter. */
  readonly pieces: number;
  readonly sha256: string;
}

/** As many as one call takes. @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
const NAMES_A_CALL = 10;

/** Writes a document that was checked: pieces first, then the parameter, which is the switch, then the former pieces go. */
export async function putSource({ parameter, region, type }: SourceTarget, text: string): Promise<Written> {
  const document = compact(text);
  const sha256 = createHash("sha256").update(document).digest("hex");
  const written = splitDocument(parameter, document, sha256);
  if (written.pieces.length > 0 && !parameter.startsWith("/"))
    throw new UsageError(
      `the document needs ${written.pieces.length} pieces below ${parameter}; for that its name must begin with "/"`,
    );
  // Loaded only here: the other commands start without the SDK. Parameter Store takes few writes a second.
  const sdk = await import("@aws-sdk/client-ssm");
  const client = new sdk.SSMClient({ region, maxAttempts: 12, retryMode: "adaptive" });
  try {
    const former = await formerOf(client, sdk, parameter);
    const Type = type ?? former.type ?? "String";
    const put = (Name: string, Value: string) =>
      client.send(new sdk.PutParameterCommand({ Name, Value, Type, Overwrite: true }));
    for (const piece of written.pieces) await put(piece.name, piece.text);
    const { Version = 0 } = await put(parameter, written.text);
    const kept = new Set(written.pieces.map(({ name }) => name));
    await remove(
      client,
      sdk,
      former.pieces.filter(name => !kept.has(name)),
    );
    return { parameter, version: Version, pieces: written.pieces.length, sha256 };
  } catch (cause) {
    throw new Error(
      `${parameter}: Parameter Store did not take it: ${(cause as Error).name}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  } finally {
    client.destroy();
  }
}

type Sdk = typeof import("@aws-sdk/client-ssm");

/** Without what is only layout, and without `{{`, which Parameter Store takes for a reference to another parameter. */
function compact(text: string): string {
  const read = readJson(text);
  return "value" in read ? JSON.stringify(read.value).replace(/\{(?=\{)/g, "\\u007b") : text;
}

/** What stands there now: its type, and the pieces that it has. */
async function formerOf(client: SSMClient, sdk: Sdk, parameter: string) {
  try {
    const { Parameter } = await client.send(
      new sdk.GetParameterCommand({ Name: parameter, WithDecryption: true }),
    );
    const index = splitIndexOf(Parameter?.Value ?? "");
    const pieces = index && !("problem" in index) ? pieceNames(parameter, index) : [];
    return { type: Parameter?.Type as "String" | "SecureString" | undefined, pieces };
  } catch (error) {
    if (error instanceof Error && error.name === "ParameterNotFound") return { type: undefined, pieces: [] };
    throw error;
  }
}

/** What stays is rubbish, and harms nobody. */
async function remove(client: SSMClient, sdk: Sdk, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += NAMES_A_CALL) {
    const command = new sdk.DeleteParametersCommand({ Names: names.slice(start, start + NAMES_A_CALL) });
    await client.send(command).catch(() => {});
  }
}
