import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * What a query has to wait for its answer where functions and cluster are not on one machine: within a
 * region, about this.
 */
export const ROUND_TRIP_MS = 1;

/**
 * Passes connections on to a port of this machine, and each answer later by a round trip. Returns the port to
 * use instead.
 */
export async function slowLine(port: number): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const upstream = connect({ host: "localhost", port, noDelay: true });
    client.setNoDelay(true);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {}).once("close", () => void other.destroy());
    }
    client.on("data", chunk => upstream.write(chunk));
    upstream.on("data", chunk => setTimeout(() => client.write(chunk), ROUND_TRIP_MS));
  });
  await new Promise<void>(resolve => void server.listen(0, "localhost", resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}
