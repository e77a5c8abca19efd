import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The round-trip time between functions and cluster in one region, in ms. */
export const ROUND_TRIP_MS = 1;

/**
 * Forwards connections to a port of this machine, and delays each answer by a round trip.
 *
 * @returns the port to use instead
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
