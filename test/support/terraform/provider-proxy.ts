import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createConnection } from "node:net";
import { schemaOf } from "./provider-schema";

const WINDOW_BYTES = 16 * 1024 * 1024;
/** Each gRPC message has a byte that says whether it is compressed, and four bytes of length in front. */
const PREFIX_BYTES = 5;

/**
 * A gRPC proxy between Terraform and a provider. It changes one answer: the schema has the types in use
 * alone.
 */
export class ProviderProxy {
  readonly #provider: ClientHttp2Session;
  readonly #server: Http2Server;
  readonly #types = new Set<string>();
  #schema: Promise<Buffer> | undefined;

  /** @param socket the provider's */
  constructor(socket: string) {
    const settings = { initialWindowSize: WINDOW_BYTES };
    this.#provider = connect("http://localhost", {
      createConnection: () => createConnection(socket),
      settings,
    });
    this.#provider.once("connect", () => this.#provider.setLocalWindowSize(WINDOW_BYTES));
    this.#server = createServer({ settings });
    this.#server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      if (/\/Get(Provider)?Schema$/.test(headers[":path"] ?? "")) void this.#answerSchema(stream, headers);
      else this.#pass(stream, headers);
    });
  }

  listen(socket: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject).listen(socket, resolve);
    });
  }

  close(): void {
    this.#provider.destroy();
    this.#server.close();
  }

  /** Lets Terraform see these types from now on. */
  allow(types: Iterable<string>): void {
    for (const type of types) this.#types.add(type);
  }

  #pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const call = this.#provider.request(forwarded(headers));
    let trailers: OutgoingHttpHeaders = {};
    stream.pipe(call);
    // Terraform that ends takes its open calls with it.
    stream.once("close", () => call.close());
    call.on("error", () => stream.destroy());
    call.on("trailers", received => {
      trailers = { ...received };
    });
    call.on("response", (received, flags) => {
      // A call that fails at once has an answer of headers alone.
      const endStream = (flags & 1) === 1;
      stream.respond({ ...received }, { endStream, waitForTrailers: !endStream });
      stream.once("wantTrailers", () => stream.sendTrailers(trailers));
      if (!endStream) call.pipe(stream);
    });
  }

  async #answerSchema(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    try {
      this.#schema ??= this.#readSchema(stream, headers);
      const schema = schemaOf(await this.#schema, this.#types);
      const prefix = Buffer.alloc(PREFIX_BYTES);
      prefix.writeUInt32BE(schema.length, 1);
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.resume().end(Buffer.concat([prefix, schema]));
    } catch {
      this.#schema = undefined;
      stream.destroy();
    }
  }

  #readSchema(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<Buffer> {
    const call = this.#provider.request(forwarded(headers));
    stream.pipe(call);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      call.on("data", (chunk: Buffer) => chunks.push(chunk));
      call.once("error", reject);
      call.once("end", () => resolve(Buffer.concat(chunks).subarray(PREFIX_BYTES)));
    });
  }
}

const forwarded = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => ({
  ...headers,
  ":authority": "localhost",
});
