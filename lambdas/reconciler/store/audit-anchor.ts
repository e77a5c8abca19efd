import type { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { canonicalJson } from "../../../core/json";

/** A chain's head, as it was when an entry had just been appended. */
export interface AuditHead {
  /** The chain: a cluster's name. */
  readonly pk: string;
  readonly seq: number;
  readonly hash: string;
  readonly when: string;
}

/** Says a chain's head in another place, which whoever may write to the table cannot reach: so a tail that was cut off shows. */
export interface AuditAnchor {
  put(head: AuditHead): Promise<void>;
}

/** Applying never waits longer than this for an anchor, in milliseconds. */
const LONGEST_MS = 3_000;

/**
 * Anchors as objects `<prefix><chain>/<position>.json`. Nothing is read or listed: the function needs `s3:PutObject` alone.
 * A bucket with object lock takes only what comes with a checksum; it keeps the first version whatever is written over it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export class S3AuditAnchor implements AuditAnchor {
  constructor(
    private readonly client: () => Promise<Pick<S3Client, "send">>,
    private readonly bucket: string,
    private readonly prefix = "",
    private readonly longestMs = LONGEST_MS,
  ) {}

  async put(head: AuditHead): Promise<void> {
    const client = await this.client();
    const { PutObjectCommand: Command } = await import("@aws-sdk/client-s3");
    const command: PutObjectCommand = new Command({
      Bucket: this.bucket,
      Key: `${this.prefix}${head.pk}/${String(head.seq).padStart(12, "0")}.json`,
      Body: canonicalJson({ ...head }),
      ContentType: "application/json",
      ChecksumAlgorithm: "SHA256",
    });
    await client.send(command, { abortSignal: AbortSignal.timeout(this.longestMs) });
  }
}

/** Made when the first anchor is put: a function that puts none does without the client. */
export const lazyS3Client = (
  options: ConstructorParameters<typeof S3Client>[0] & object,
): (() => Promise<S3Client>) => {
  let client: Promise<S3Client> | undefined;
  return () => {
    client ??= import("@aws-sdk/client-s3").then(({ S3Client: Client }) => new Client(options));
    return client;
  };
};
