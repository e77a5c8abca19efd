import { defined } from "../../core/json";
import { printable } from "../../core/printable";
import { LOG_IN } from "../doctor/aws-checks";
import { type Diagnosis, diagnose } from "../doctor/diagnose";
import type { Facts, HeldAccount } from "../doctor/facts";
import { gather } from "../doctor/gather";
import { type Finding, wrong } from "../doctor/verdict";
import { prefixOf } from "../login/account";
import { type ClusterPlace, locateCluster, readerHost } from "../login/find-cluster";
import { hostOf, portOf } from "../login/make-token";
import { placeOptions } from "../login/place-options";
import { tunnelOf } from "../login/proxy-target";
import { rootCertificates } from "../login/root-certificates";
import { credentialsCode } from "../terminal/aws-problem";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../terminal/command";
import { AwsProblemError } from "../terminal/errors";
import { fetchInventory } from "../terminal/fetch-inventory";
import { regionOf } from "../terminal/invoke-function";
import { tableText } from "../terminal/table";

const PREVIEW = "aurora-users-preview";
/** How long the preview function may take, in ms. */
const HELD_TIMEOUT = 15_000;

/** `aurora-users doctor`: says why a login fails, and what to do. */
export const doctor: Command = {
  name: "doctor",
  summary: "say why a login to a cluster fails, and what to do",
  details: [
    "Looks at everything that a login needs, in the order in which it needs it, tries one login, and names the first",
    "cause. What may not be read (RDS, IAM, the preview function) is left out: --all shows what was not seen. Nothing",
    "changes, no more rights are needed than a login needs, and no token is printed. AWS_PROFILE chooses a profile.",
    "Exit code 0 if the login works and its role is in force, 1 if something is wrong. Codes: docs/doctor.md.",
  ].join("\n"),
  positionals: [{ shown: "<cluster>", summary: "the cluster, as the app declares it" }],
  options: {
    as: {
      kind: "text",
      value: "<account>",
      summary: "the MySQL account, with its prefix (default: your own)",
    },
    reader: { kind: "flag", summary: "the reader endpoint" },
    database: { kind: "text", value: "<name>", summary: "the database to begin in" },
    all: { kind: "flag", summary: "all checks and what they found" },
    via: { kind: "text", value: "<host:port>", summary: "a tunnel to the endpoint that is open already" },
    ...placeOptions,
    function: {
      kind: "text",
      value: "<name>",
      summary: `the preview function, which you may have no right to call (default: ${PREVIEW})`,
    },
    json: jsonOption,
  },
  async run(args, io) {
    const place = await placeOf(args, io);
    if ("cause" in place) return report(place, undefined, args, io);
    const patient = {
      place,
      as: args.text("as"),
      users: usersOf(args),
      via: tunnelOf(args.text("via")),
      ca: (await rootCertificates(args.text("ca"), place.host, io)).text,
      database: args.text("database"),
      askHeld: (known: Io) => heldOn(place.cluster, args, known),
    };
    const facts = await gather(patient, io);
    return report(diagnose(facts), facts, args, io);
  },
};

const usersOf = (args: Arguments): string => args.text("users") ?? "users";

/** Where the cluster is; or that nothing says it. @throws UsageError */
async function placeOf(args: Arguments, io: Io): Promise<ClusterPlace | Diagnosis> {
  const [host, port] = [args.text("host"), args.text("port")];
  const given = {
    host: host === undefined ? undefined : hostOf("host", host),
    port: port === undefined ? undefined : portOf("port", port),
    region: args.text("region"),
    prefix: prefixOf(usersOf(args), io),
  };
  try {
    const place = await locateCluster(args.at(0) as string, given, io);
    return args.flag("reader") ? { ...place, host: readerHost(place.host) } : place;
  } catch (error) {
    if (!(error instanceof AwsProblemError)) throw error;
    const cause = credentialsFinding(error, io) ?? { ...wrong("place", "", ""), text: error.message };
    return { cause, checks: [{ name: "place", verdict: cause }] };
  }
}

/** What keeps AWS from being asked for the place; undefined: it is not the credentials. */
function credentialsFinding({ cause }: AwsProblemError, { env }: Io): Finding | undefined {
  const code = credentialsCode(cause);
  const whose = env["AWS_PROFILE"] === undefined ? "" : ` of the profile ${env["AWS_PROFILE"]}`;
  const what = {
    "no-credentials": `There are no valid AWS credentials${whose} here`,
    "credentials-refused": `AWS does not accept the credentials${whose}`,
  };
  return code && wrong(code, what[code], LOG_IN);
}

async function heldOn(cluster: string, args: Arguments, io: Io): Promise<readonly HeldAccount[]> {
  const region = await regionOf(undefined, io);
  const target = {
    name: args.text("function") ?? PREVIEW,
    region,
    signal: AbortSignal.timeout(HELD_TIMEOUT),
  };
  const { observed } = await fetchInventory(target, cluster, io);
  return observed.accounts;
}

function report({ cause, checks }: Diagnosis, facts: Facts | undefined, args: Arguments, io: Io): number {
  const login = facts?.login;
  const server = login?.kind === "refused" ? { errno: login.errno, message: login.message } : undefined;
  if (args.flag("json")) {
    const { account, host, port } = facts ?? {};
    const finding = cause && { code: cause.code, certain: cause.result === "wrong", text: cause.text };
    const results = checks.map(({ name, verdict }) => ({ check: name, ...verdict }));
    const where = defined({ account, host, port });
    printJson(io, {
      cluster: args.at(0),
      ...where,
      cause: finding ?? null,
      ...defined({ server }),
      checks: results,
    });
    return cause ? 1 : 0;
  }
  io.out(
    printable(cause ? `${cause.result === "doubt" ? "Most likely: " : ""}${cause.text}` : healthText(facts!)),
  );
  if (args.flag("all"))
    io.out(
      `\n${tableText(
        ["CHECK", "RESULT", "CODE", "FOUND"],
        checks.map(({ name, verdict }) => [
          name,
          verdict.result,
          "code" in verdict ? verdict.code : "",
          verdict.text,
        ]),
      )}`,
    );
  if (server) io.out(printable(`The server's own error ${server.errno}: "${server.message}"`));
  return cause ? 1 : 0;
}

const healthText = ({ account, cluster, host, port }: Facts): string =>
  `Nothing is wrong: ${account} logged in to ${cluster} at ${host}:${port}.`;
