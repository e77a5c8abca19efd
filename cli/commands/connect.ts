import { readerOf } from "../../core/contract/endpoint-region";
import { holdsAt } from "../../core/roster/roster";
import { onlyReads } from "../../core/users/only-reads";
import { accountFor, prefixOf, rosterOf } from "../login/account";
import { findProgram, needsProxy } from "../login/client-program";
import { clientSettings, settingsClient } from "../login/client-settings";
import { type ClusterPlace, findCluster, readerHost } from "../login/find-cluster";
import { hostOf, makeToken, portOf, warnIfShort } from "../login/make-token";
import { placeOptions } from "../login/place-options";
import { proxyTo, randomPassword, type Tunnel, tunnelOf } from "../login/proxy-target";
import { type RootCertificates, rootCertificates } from "../login/root-certificates";
import { startClient } from "../login/start-client";
import type { LoginTarget } from "../login/target";
import { startProxy } from "../proxy/serve";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../terminal/command";
import { CallFailedError, reasonOf, UsageError } from "../terminal/errors";

/** The port of `--serve`, the same each time: clients save it. */
const LISTEN = 13306;
const LOCAL_PASSWORD = "AURORA_USERS_LOCAL_PASSWORD";

/** `aurora-users connect`: opens a client on a cluster, as the person whose AWS credentials these are. */
export const connect: Command = {
  name: "connect",
  summary: "open a client on a cluster, with a token from your AWS credentials",
  details: [
    "Where the cluster is comes from --host, Terraform's state in this folder, the last synthesis, or the parameter",
    "/aurora-users/<cluster>. Your account is that of the person in the users folder whose name AWS has for you; AWS STS",
    "is asked for that. The token is given to the client through a pipe. TLS is verified for the endpoint's name.",
    `--serve gives each connection a fresh token. Its password is random, or that of ${LOCAL_PASSWORD}.`,
  ].join("\n"),
  positionals: [{ shown: "<cluster>", summary: "the cluster, as the app declares it" }],
  options: {
    reader: { kind: "flag", summary: "the reader endpoint" },
    database: { kind: "text", value: "<name>", summary: "the database to begin in" },
    as: {
      kind: "text",
      value: "<account>",
      summary: "the MySQL account, with its prefix (default: your own)",
    },
    program: {
      kind: "text",
      value: "<client>",
      summary: "the client to start (default: the first in PATH of mysql, mariadb and mycli)",
    },
    via: {
      kind: "text",
      value: "<host:port>",
      summary: "a tunnel to the endpoint that is open already; token and TLS are still for the endpoint",
    },
    serve: {
      kind: "flag",
      summary: "listen on 127.0.0.1 with a local password, for clients that save connections",
    },
    listen: { kind: "text", value: "<number>", summary: `with --serve: the port (default: ${LISTEN})` },
    client: {
      kind: "text",
      value: "<name>",
      summary:
        "print the settings of workbench, dbeaver, datagrip or env (for a shell); with --serve, those for it",
    },
    "print-token": { kind: "flag", summary: "print the token alone" },
    json: { ...jsonOption, summary: "print endpoint, account and token as JSON" },
    ...placeOptions,
  },
  async run(args, io) {
    assertNoContradiction(args);
    const target = await targetOf(args, io);
    if (args.flag("print-token") || (args.flag("json") && !args.flag("serve")))
      return printToken(args, target, io);
    const ca = await rootCertificates(args.text("ca"), target.host, io);
    const session = { target, ca, via: tunnelOf(args.text("via")) };
    if (args.text("client") !== undefined && !args.flag("serve")) return printSettings(session, args, io);
    return args.flag("serve") ? serve(session, args, io) : openClient(session, args, io);
  },
};

/** Of two such options one would not count. */
const APART = [
  ["serve", "print-token"],
  ["serve", "program"],
  ["client", "print-token"],
  ["client", "program"],
  ["client", "json"],
  ["json", "print-token"],
  ["json", "program"],
  ["print-token", "program"],
] as const;

/** @throws UsageError */
function assertNoContradiction(args: Arguments): void {
  const isGiven = (name: string) => args.flag(name) || args.text(name) !== undefined;
  for (const [one, other] of APART)
    if (isGiven(one) && isGiven(other))
      throw new UsageError(`\`--${one}\` and \`--${other}\` contradict each other`);
  // No client can verify another name than the one that it connects to.
  if (isGiven("client") && isGiven("via") && !isGiven("serve"))
    throw new UsageError(
      "`--client` through a tunnel (`--via`) needs `--serve`, which verifies the endpoint's name",
    );
  if (isGiven("listen") && !isGiven("serve"))
    throw new UsageError("`--listen` is for `--serve`, and that is missing");
}

interface Session {
  readonly target: LoginTarget;
  readonly ca: RootCertificates;
  readonly via: Tunnel | undefined;
}

async function openClient({ ca, target, via }: Session, args: Arguments, io: Io): Promise<number> {
  const program = findProgram(args.text("program"), io);
  const { token, minutes } = await makeToken(target, io);
  warnIfShort(minutes, io);
  const { cluster, database, from, host, port, user } = target;
  io.err(`${cluster}: ${user} at ${host}:${port} (from ${from})`);
  if (via === undefined && !needsProxy(program.brand))
    return startClient(program, { host, port, user, database, caFile: ca.file }, token, io);
  const password = randomPassword();
  const proxy = await startProxy({
    ...proxyTo(target, { ca: ca.text, via }, io),
    login: { user, password },
    port: 0,
  });
  try {
    const local = { host: "127.0.0.1", port: proxy.port, user, database, caFile: undefined };
    return await startClient(program, local, password, io);
  } finally {
    await proxy.close();
  }
}

async function printSettings({ ca, target }: Session, args: Arguments, io: Io): Promise<number> {
  const client = settingsClient(args.required("client"));
  const { token, minutes } = await makeToken(target, io);
  warnIfShort(minutes, io);
  const { database, host, port, user } = target;
  const connection = { host, port, user, database, password: token, caFile: ca.file };
  for (const line of clientSettings(client, connection)) io.out(line);
  if (client !== "env")
    io.err(
      `The password is a token, valid for ${minutes} minutes. With --serve the client never asks again.`,
    );
  return 0;
}

async function serve({ ca, target, via }: Session, args: Arguments, io: Io): Promise<number> {
  const client = settingsClient(args.text("client") ?? "env");
  const { database, user } = target;
  const password = localPassword(io);
  const port = portOf("listen", args.text("listen") ?? `${LISTEN}`);
  // Says now what would otherwise be said at the first connection.
  warnIfShort((await makeToken(target, io)).minutes, io);
  const proxy = await startProxy({
    ...proxyTo(target, { ca: ca.text, via }, io),
    login: { user, password },
    port,
  }).catch((cause: unknown) => {
    const what = `Nothing can listen on 127.0.0.1:${port}`;
    throw new CallFailedError(
      { what, reason: reasonOf(cause), hint: "Give another port by --listen." },
      cause,
    );
  });
  const where = { host: "127.0.0.1", port: proxy.port, user, database, password };
  if (args.flag("json")) printJson(io, where);
  else for (const line of clientSettings(client, { ...where, caFile: undefined })) io.out(line);
  io.err(
    `${target.cluster} (${target.host}:${target.port}, from ${target.from}) is served at 127.0.0.1:${proxy.port}, ` +
      `for ${user}, until you end this (Ctrl-C).`,
  );
  await new Promise<void>(resolve => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
  await proxy.close();
  return 0;
}

/** The password of before, if the environment has it, so that a saved connection goes on working. */
function localPassword({ env }: Io): string {
  const given = env[LOCAL_PASSWORD];
  if (!given) return randomPassword();
  if (given.length < 20) throw new UsageError(`${LOCAL_PASSWORD} must have at least 20 characters`);
  return given;
}

async function targetOf(args: Arguments, io: Io): Promise<LoginTarget> {
  const [host, port] = [args.text("host"), args.text("port")];
  const users = args.text("users") ?? "users";
  const place = await findCluster(
    args.at(0) as string,
    {
      host: host === undefined ? undefined : hostOf("host", host),
      port: port === undefined ? undefined : portOf("port", port),
      region: args.text("region"),
      prefix: prefixOf(users, io),
    },
    io,
  );
  const user = await accountFor(place, args.text("as"), users, io);
  if (!args.flag("reader")) adviseReader(place, user, users, io);
  const { accountId: _, prefix: __, resourceIds: ___, ...where } = place;
  return {
    ...where,
    host: args.flag("reader") ? readerHost(place.host) : place.host,
    user,
    database: args.text("database"),
  };
}

/** Who may only read need not load the writer. */
function adviseReader(place: ClusterPlace, user: string, users: string, io: Io): void {
  const found = rosterOf(users, place, io);
  if (!("roster" in found) || readerOf(place.host) === undefined) return;
  const { accounts } = found.roster;
  const account = Object.hasOwn(accounts, user) ? accounts[user] : undefined;
  const current = (grant: Parameters<typeof holdsAt>[0]) => holdsAt(grant, io.now());
  if (account && onlyReads(found.roster, account, current))
    io.err(`${user} only reads on ${place.cluster}: with --reader it uses the reader endpoint.`);
}

async function printToken(args: Arguments, target: LoginTarget, io: Io): Promise<number> {
  const { token, minutes } = await makeToken(target, io);
  warnIfShort(minutes, io);
  const { cluster, database, host, port, region, user } = target;
  if (args.flag("print-token")) io.out(token);
  else printJson(io, { cluster, host, port, region, user, database, token, minutes });
  return 0;
}
