import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { MySqlServer } from "../../local/mysql/start-mysql";

/** What happens to a connection: nothing is ever answered, it is cut, or it reaches the server. */
export type Treatment = "silent" | "cut" | "open";

/** A port in front of a server, which decides for each connection in turn what happens to it. */
export class Gatekeeper {
  /** How many connections came. */
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server;

  private constructor(server: MySqlServer, treat: (connection: number) => Treatment | Promise<Treatment>) {
    this.#server = createServer(async socket => {
      this.#keep(socket);
      const treatment = await treat(++this.connections);
      if (treatment === "cut") socket.destroy();
      if (treatment !== "open" || socket.destroyed) return;
      const upstream = connect(server.port, server.host);
      this.#keep(upstream);
      socket.pipe(upstream).pipe(socket);
      socket.on("close", () => upstream.destroy());
      upstream.on("close", () => socket.destroy());
    });
  }

  /** @param treat is asked once for each connection; the first one is 1 */
  static async before(
    server: MySqlServer,
    treat: (connection: number) => Treatment | Promise<Treatment>,
  ): Promise<Gatekeeper> {
    const keeper = new Gatekeeper(server, treat);
    await new Promise<void>(resolve => keeper.#server.listen(0, "127.0.0.1", resolve));
    return keeper;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
