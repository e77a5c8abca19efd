import { randomBytes } from "node:crypto";
import type { ProxyProps } from "../proxy/serve";
import type { Io } from "../terminal/command";
import { UsageError } from "../terminal/errors";
import { hostOf, makeToken, portOf } from "./make-token";
import type { LoginTarget } from "./target";

/** A tunnel that is open already. */
export interface Tunnel {
  readonly host: string;
  readonly port: number;
}

/** @param text `host:port` @throws UsageError */
export function tunnelOf(text: string | undefined): Tunnel | undefined {
  if (text === undefined) return undefined;
  const [, host, port] = /^(.+):([^:]+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined)
    throw new UsageError(
      `\`--via\` must be the host and port of a tunnel (127.0.0.1:13306), but is "${text}"`,
    );
  return { host: hostOf("via", host), port: portOf("via", port) };
}

/** A password that nobody guesses. */
export const randomPassword = (): string => randomBytes(24).toString("base64url");

/** A proxy to the target, whose connections each get a token of their own. */
export function proxyTo(
  target: LoginTarget,
  { ca, via }: { readonly ca: string; readonly via: Tunnel | undefined },
  io: Io,
): Omit<ProxyProps, "port" | "login"> {
  const { host, port, user } = target;
  const token = async () => (await makeToken(target, io)).token;
  return { upstream: { host, port, via, ca, user, token }, report: problem => io.err(problem) };
}
