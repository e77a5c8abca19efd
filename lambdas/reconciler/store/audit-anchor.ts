import type { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { canonicalJson } from "../../../core/json";

/** A chain's head, as it was directly after an entry was appended. */
export interface AuditHead {
  /** The chain: a cluster's name. */
  readonly pk: string;
  readonly seq: number;
  readonly hash: string;
  readonly when: string;
}

/**
 * Copies a chain's head to a place that a writer of the table cannot reach, so that a cut-off end is noticed.
 */
export interface AuditAnchor {
  put(head: AuditHead): Promise<void>;
}

/** The longest that an apply waits for an anchor, in milliseconds. */
const LONGEST_MS = 3_000;

type Client = () => Promise<Pick<S3Client, "send">>;

/**
 * Anchors as objects `<prefix><chain>/<position>.json`. Nothing is read or listed: the function needs
 * `s3:PutObject` only. A bucket with object lock accepts only objects with a checksum. It keeps the first
 * version when another is written.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export class S3AuditAnchor implements AuditAnchor {
  readonly #client: Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #longestMs: number;

  constructor(client: Client, bucket: string, prefix = "", longestMs = LONGEST_MS) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#longestMs = longestMs;
  }

  async put(head: AuditHead): Promise<void> {
    const client = await this.#client();
    const { PutObjectCommand: Command } = await import("@aws-sdk/client-s3");
    const command: PutObjectCommand = new Command({
      Bucket: this.#bucket,
      Key: `${this.#prefix}${head.pk}/${String(head.seq).padStart(12, "0")}.json`,
      Body: canonicalJson({ ...head }),
      ContentType: "application/json",
      ChecksumAlgorithm: "SHA256",
    });
    await client.send(command, { abortSignal: AbortSignal.timeout(this.#longestMs) });
  }
}
