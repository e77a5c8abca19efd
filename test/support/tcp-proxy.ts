import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What happens to a new connection: nothing is ever answered, it is cut, or it reaches the server. */
export type Treatment = "silent" | "cut" | "open";

/** Which way a network loses everything: what the client sends, what the server answers, or both. */
export type Direction = "requests" | "answers" | "both";

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * A port in front of a server, as a network that can fail: it cuts connections, delays answers, or loses
 * everything without a sign of it. TLS goes through it as it is.
 */
export class TcpProxy {
  /** How many connections came. */
  connections = 0;
  /** How long each answer of the server takes, in addition, in ms. */
  delayMs = 0;
  /** Where new connections go. */
  target: Target;
  /** Is asked once for each new connection; the first one is 1. */
  treat: (connection: number) => Treatment | Promise<Treatment> = () => "open";
  /**
   * Is called before something of the client goes to the server, with the number of the connection and of
   * what it sent since the last answer: a login asks for TLS (1), and ends the handshake and logs in (2).
   * Pieces do not count apart, because on a slow machine several come as one.
   */
  onRequest: (connection: number, request: number) => void = () => {};
  readonly #links = new Set<Link>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer(
    { pauseOnConnect: true, noDelay: true },
    socket => void this.#begin(socket),
  );
  #lost: Direction | undefined;

  private constructor(target: Target) {
    this.target = target;
  }

  static async before({ host, port }: Target): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host, port });
    await new Promise<void>(resolve => void proxy.#server.listen(0, "localhost", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections, each side with a FIN, or with a RST. */
  cut(how: "FIN" | "RST" = "FIN"): void {
    for (const { client, upstream } of [...this.#links])
      for (const socket of [client, upstream]) how === "RST" ? socket.resetAndDestroy() : socket.destroy();
  }

  /** From now on, nothing goes through in that direction, on old and new connections. */
  blackhole(lost: Direction = "both"): void {
    this.#lost = lost;
    for (const link of this.#links) this.#flow(link);
  }

  /** What was held up goes on, as TCP sends it again. */
  heal(): void {
    this.#lost = undefined;
    for (const link of this.#links) this.#flow(link);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #begin(client: Socket): Promise<void> {
    const connection = ++this.connections;
    this.#keep(client);
    const treatment = await this.treat(connection);
    if (treatment === "cut") client.destroy();
    if (treatment !== "open" || client.destroyed) return;
    const upstream = connect({ ...this.target, noDelay: true });
    this.#keep(upstream);
    const link = { client, upstream };
    this.#links.add(link);
    let request = 0;
    let isAnswered = true;
    client.on("data", chunk => {
      if (isAnswered) this.onRequest(connection, ++request);
      isAnswered = false;
      if (!this.#loses("requests")) upstream.write(chunk);
      else client.unshift(chunk);
    });
    upstream.on("data", chunk => {
      isAnswered = true;
      if (this.delayMs === 0) client.write(chunk);
      else setTimeout(() => client.write(chunk), this.delayMs);
    });
    client.on("close", () => {
      this.#links.delete(link);
      upstream.destroy();
    });
    upstream.on("close", () => client.destroy());
    this.#flow(link);
  }

  #loses(direction: Direction): boolean {
    return this.#lost === "both" || this.#lost === direction;
  }

  /** A socket that is not read does not even see that the other side has closed. */
  #flow({ client, upstream }: Link): void {
    for (const [socket, direction] of [
      [client, "requests"],
      [upstream, "answers"],
    ] as const)
      if (this.#loses(direction)) socket.pause();
      else socket.resume();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
