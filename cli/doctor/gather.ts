import { resolveCname } from "node:dns/promises";
import { regionOfHost } from "../../core/contract/endpoint-region";
import { accountOfName, rosterOf } from "../login/account";
import type { ClusterPlace } from "../login/find-cluster";
import { makeToken } from "../login/make-token";
import type { Tunnel } from "../login/proxy-target";
import type { Io } from "../terminal/command";
import { inTime } from "../terminal/in-time";
import { lookAtCaller, lookAtCluster, lookAtCredentials } from "./ask-aws";
import { lookAtIam } from "./ask-iam";
import type { CallerFact, DeclaredFact, Facts, HeldAccount, Seen } from "./facts";
import type { LoginOutcome } from "./login-outcome";
import { tryLogin } from "./try-login";

/** What a diagnosis is of, and how to look. */
export interface Patient {
  readonly place: ClusterPlace;
  /** The account of `--as`. */
  readonly as: string | undefined;
  readonly users: string;
  readonly via: Tunnel | undefined;
  /** Root certificates, PEM. */
  readonly ca: string;
  readonly database: string | undefined;
  /** Asks the preview function for the accounts of the cluster. */
  readonly askHeld: (io: Io) => Promise<readonly HeldAccount[]>;
}

/** How long the login may take, in ms. */
const LOGIN_TIMEOUT = 8_000;
/** How long DNS may take to say another name, in ms. */
const DNS_TIMEOUT = 3_000;
const NOT_ASKED = "AWS was not asked: there are no valid credentials";

/** Looks at everything that a login needs. Changes nothing; one connection to the server is opened. */
export async function gather(patient: Patient, terminal: Io): Promise<Facts> {
  const { accountId, cluster, from, host, port, prefix, region, resourceIds } = patient.place;
  const progress = (text: string): void => terminal.progress?.(text);
  progress("looking at the AWS credentials");
  const { fact: credentials, found } = await lookAtCredentials(terminal.now());
  // All that follows uses these: a provider may ask a person each time.
  const io: Io = found ? { ...terminal, credentials: found } : terminal;
  const isGood = credentials.kind === "good";
  progress("asking AWS");
  const unasked = { unseen: NOT_ASKED };
  const { caller, clockAhead } = isGood
    ? await lookAtCaller(region, io)
    : { caller: unasked, clockAhead: unasked };
  const isKnown = "seen" in caller;
  const alias = await aliasOf(host);
  const where = { alias, host, region, resourceIds };
  const rds = isKnown
    ? await lookAtCluster(where, io)
    : { unseen: isGood ? "AWS did not accept the question" : NOT_ASKED };
  const { account, declared } = accountIn(patient, caller, io);
  const question = { account, clusterAccount: accountId, prefix, region, resourceIds, rds };
  const iam = isKnown
    ? await lookAtIam({ ...question, caller: caller.seen }, io)
    : { tags: unasked, policies: { simulated: unasked, documents: unasked } };
  progress("trying to log in");
  const login = await logIn(patient, isGood ? account : undefined, io);
  const held = await heldBy(patient, login, io);
  progress("");
  const via = patient.via && `${patient.via.host}:${patient.via.port}`;
  const now = io.now();
  const profile = io.env["AWS_PROFILE"];
  const named = { cluster, from, host, port, prefix, region, resourceIds };
  const place = { ...named, via, profile, clusterAccount: accountId };
  return {
    ...place,
    account,
    declared,
    credentials,
    caller,
    clockAhead,
    rds,
    alias,
    ...iam,
    login,
    held,
    now,
  };
}

/** The account of `--as`, or that of the caller; capital letters may differ, which a check then says. */
function accountIn(
  { as, place, users }: Patient,
  caller: CallerFact,
  io: Io,
): { readonly account: string | undefined; readonly declared: DeclaredFact } {
  const found = rosterOf(users, place, io);
  const name = "seen" in caller ? caller.seen.name : undefined;
  if ("unseen" in found) {
    const own = name === undefined ? undefined : `${place.prefix}_${name}`;
    return { account: as ?? own, declared: { unseen: found.unseen } };
  }
  const { accounts } = found.roster;
  const account =
    as ?? (name === undefined ? undefined : (accountOfName(accounts, name, place.prefix) ?? nearly(name)));
  function nearly(text: string): string | undefined {
    const lower = `${place.prefix}_${text}`.toLowerCase();
    return Object.keys(accounts).find(one => one.toLowerCase() === lower);
  }
  const details = account !== undefined && Object.hasOwn(accounts, account) ? accounts[account] : undefined;
  return { account, declared: { roster: found.roster, account: details } };
}

/** The name of RDS behind a name of one's own. */
async function aliasOf(host: string): Promise<Seen<string | undefined>> {
  if (regionOfHost(host) !== undefined) return { seen: undefined };
  try {
    const names = await inTime(resolveCname(host), DNS_TIMEOUT);
    return { seen: names.find(name => regionOfHost(name) !== undefined) };
  } catch {
    return { unseen: "DNS does not say whether it is another name" };
  }
}

async function logIn(
  { ca, database, place, via }: Patient,
  account: string | undefined,
  io: Io,
): Promise<LoginOutcome> {
  const { host, port, region } = place;
  const made =
    account === undefined
      ? undefined
      : await makeToken({ host, port, user: account, region }, io).catch(() => undefined);
  const login =
    account === undefined || made === undefined ? undefined : { user: account, token: made.token };
  return tryLogin({ host, port, via, ca, database, login, timeout: LOGIN_TIMEOUT });
}

/** What the cluster holds counts only where the server refused an account. */
async function heldBy(
  { askHeld }: Patient,
  login: LoginOutcome,
  io: Io,
): Promise<Seen<readonly HeldAccount[]>> {
  if (login.kind !== "plugin" && login.kind !== "refused") return { unseen: "it was not needed" };
  io.progress?.("asking the preview function");
  try {
    return { seen: await askHeld(io) };
  } catch (error) {
    return { unseen: (error as Error).message };
  }
}
