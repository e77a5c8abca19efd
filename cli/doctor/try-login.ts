import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { CLIENT, type ClientHello } from "../proxy/handshake";
import { ProtocolError } from "../proxy/packets";
import {
  type Greeted,
  logInToServer,
  NoTlsError,
  OtherPluginError,
  reachServer,
  ServerError,
  SilentEndError,
  secure,
  type Upstream,
} from "../proxy/server-login";
import type { LoginOutcome, LoginStage, ServerRefusal } from "./login-outcome";
import { askOne, quit } from "./text-query";

/** A login that is tried once. */
export interface Attempt extends Omit<Upstream, "token" | "user"> {
  /** Undefined: nothing is sent, and the attempt ends once TLS is verified. */
  readonly login: { readonly user: string; readonly token: string } | undefined;
  readonly database: string | undefined;
  /** How long the whole attempt may take, in ms. */
  readonly timeout: number;
}

/**
 * Logs in as a client does, by the code of `connect --serve`: the token goes only to a server whose
 * certificate is verified. Ends the connection before it returns.
 */
export async function tryLogin(attempt: Attempt): Promise<LoginOutcome> {
  const open: Duplex[] = [];
  const keep = (socket: Duplex) => {
    socket.on("error", () => {});
    if (socket instanceof TLSSocket) socket.once("secureConnect", () => reach(state, "verified"));
    else socket.once("connect", () => reach(state, "connected"));
    open.push(socket);
  };
  const state: Progress = { stage: "nothing", hadToken: false };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<LoginOutcome>(resolve => {
    const reason = `no answer in ${attempt.timeout / 1000} s`;
    const end = () => resolve({ kind: "network", code: "TIMEOUT", reason, stage: state.stage });
    timer = setTimeout(end, attempt.timeout);
  });
  const work = logIn(attempt, keep, state).catch((error: unknown) => failure(error, state));
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
    // TLS before what it is on: in the other order Node 20 can crash (measured: a segmentation fault).
    for (const socket of open.reverse()) socket.destroy();
  });
}

interface Progress {
  stage: LoginStage;
  hadToken: boolean;
}

const reach = (state: Progress, stage: LoginStage): void => {
  state.stage = stage;
};

async function logIn(
  { database, login, ...rest }: Attempt,
  keep: (socket: Duplex) => void,
  state: Progress,
): Promise<LoginOutcome> {
  const token = async () => {
    state.hadToken = true;
    return login?.token ?? "";
  };
  const upstream: Upstream = { ...rest, user: login?.user ?? "", token };
  const greeted: Greeted = await reachServer(upstream, keep);
  reach(state, "greeted");
  const hello = helloOf(upstream.user, database);
  if (!login) {
    await secure(greeted.socket, upstream, hello, keep);
    return { kind: "no-token" };
  }
  const { server } = await logInToServer(greeted, upstream, hello, keep);
  // Names in the answer are quoted, whatever the server's settings.
  await askOne(server, "SET SESSION sql_quote_show_create = 1, sql_mode = ''");
  const [currentUser = ""] = await askOne(server, "SELECT CURRENT_USER()");
  const grants = await askOne(server, "SHOW GRANTS");
  quit(server);
  return { kind: "in", currentUser, grants };
}

const UTF8MB4 = 45;

/** What a plain client asks for. */
function helloOf(user: string, database: string | undefined): ClientHello {
  const fixed = Buffer.alloc(28);
  fixed.writeUInt32LE(1 << 24, 0);
  fixed[4] = UTF8MB4;
  const flags = CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH;
  return {
    flags: database === undefined ? flags : flags | CLIENT.CONNECT_WITH_DB,
    user,
    proof: Buffer.alloc(0),
    database,
    plugin: undefined,
    fixed,
    rest: Buffer.alloc(0),
  };
}

const DNS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA"]);

/** What an error of the attempt means. */
function failure(error: unknown, { hadToken, stage }: Progress): LoginOutcome {
  const isReached = stage === "greeted" || stage === "verified";
  if (error instanceof ServerError) return refusalOf(error.payload, hadToken, stage === "verified");
  if (error instanceof OtherPluginError) return { kind: "plugin", plugin: error.plugin };
  if (error instanceof NoTlsError) return { kind: "no-tls" };
  const {
    code = "",
    errors,
    message = "",
  } = error as {
    code?: string;
    errors?: readonly { message: string }[];
    message?: string;
  };
  const reason = message || (errors ?? []).map(one => one.message).join("; ") || code;
  if (error instanceof SilentEndError) return { kind: "network", code: "ENDED", reason, stage };
  if (error instanceof ProtocolError)
    return isReached ? { kind: "network", code: "ECONNRESET", reason, stage } : { kind: "protocol", reason };
  if (stage === "verified") return { kind: "network", code, reason, stage };
  if (isReached) return { kind: "tls", code, reason };
  return DNS.has(code) ? { kind: "dns", reason: code } : { kind: "network", code, reason };
}

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html */
function refusalOf(payload: Buffer, hadToken: boolean, isVerified: boolean): ServerRefusal {
  const text = payload.toString("utf8", 3).replace(/^#.{5}/, "");
  // MySQL says it in its text alone: Access denied for user 'sl_jane.doe'@'10.1.2.3'.
  const [, of, host] = /'@'([^']*)'|^Host '([^']*)'/.exec(text) ?? [];
  const errno = payload.readUInt16LE(1);
  return { kind: "refused", errno, message: text, client: of ?? host, hadToken, isVerified };
}
