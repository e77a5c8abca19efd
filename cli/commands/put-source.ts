import type { SSMClient } from "@aws-sdk/client-ssm";
import { pieceNames, readJson, splitDocument, splitIndexOf } from "../../core/source";
import { credentialsProblem } from "../terminal/aws-problem";
import { UsageError } from "../terminal/errors";
import { sha256 } from "../terminal/sha256";

export interface SourceTarget {
  readonly parameter: string;
  readonly region: string;
  /** @default - the type that the parameter has, or String */
  readonly type: "String" | "SecureString" | undefined;
}

export interface Written {
  readonly parameter: string;
  readonly version: number;
  /** 0 if the document fits into the parameter. */
  readonly pieces: number;
  readonly sha256: string;
}

/**
 * The most names of one call.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html
 */
const NAMES_A_CALL = 10;

/**
 * Writes a checked document: its pieces first, then the parameter, which makes them count; then deletes the
 * former pieces.
 * @throws UsageError where the document needs pieces, and the parameter's name allows none
 * @throws AwsProblemError without credentials
 * @throws CallFailedError where Parameter Store rejects a call
 */
export async function putSource({ parameter, region, type }: SourceTarget, text: string): Promise<Written> {
  const document = compact(text);
  const hash = sha256(document);
  const written = splitDocument(parameter, document, hash);
  if (written.pieces.length > 0 && !parameter.startsWith("/")) {
    const needed = `the document needs ${written.pieces.length} pieces below ${parameter}`;
    throw new UsageError(`${needed}; for that its name must begin with "/"`);
  }
  // Loaded here only, so that other commands start without the SDK. Parameter Store allows few writes a
  // second.
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
    const unused = former.pieces.filter(name => !kept.has(name));
    await remove(client, sdk, unused);
    return { parameter, version: Version, pieces: written.pieces.length, sha256: hash };
  } catch (cause) {
    throw credentialsProblem({ what: `${parameter}: Parameter Store rejected a call` }, cause);
  } finally {
    client.destroy();
  }
}

type Sdk = typeof import("@aws-sdk/client-ssm");

/**
 * The document without layout, and without `{{`, which Parameter Store takes for a reference to another
 * parameter.
 */
function compact(text: string): string {
  const read = readJson(text);
  return "value" in read ? JSON.stringify(read.value).replace(/\{(?=\{)/g, "\\u007b") : text;
}

/** The type and the pieces of the parameter as it is now. */
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

/** Deletes parameters. One that cannot be deleted stays unused, which is harmless. */
async function remove(client: SSMClient, sdk: Sdk, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += NAMES_A_CALL) {
    const command = new sdk.DeleteParametersCommand({ Names: names.slice(start, start + NAMES_A_CALL) });
    await client.send(command).catch(() => {});
  }
}
