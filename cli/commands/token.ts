import { credentialsProblem, LOG_IN } from "../terminal/aws-problem";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../terminal/command";
import { CallFailedError, UsageError } from "../terminal/errors";

/**
 * How long a token is valid for a login, in minutes.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
const MINUTES = 15;
const NO_TOKEN = "No token could be made";

/** `aurora-users token`: prints a token, which is used as the password of a login. */
export const token: Command = {
  name: "token",
  summary: "print a token, which is used as the password of a login",
  details: [
    `The token is made from your AWS credentials, without a call to AWS, and is valid for ${MINUTES} minutes, or until the`,
    "credentials end. The login works if IAM allows rds-db:connect and the cluster has the account. One with",
    "`login: password` or `login: existing` takes its password instead. The client must use TLS and the clear-text plug-in:",
    "  mysql --host H --user sl_jane.doe --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem --enable-cleartext-plugin",
    "MariaDB's client, which Debian and Amazon Linux call mysql, too:",
    "  mariadb --host H --user sl_jane.doe --ssl-verify-server-cert --ssl-ca=global-bundle.pem",
  ].join("\n"),
  positionals: [],
  options: {
    host: { kind: "text", value: "<name>", summary: "the cluster's endpoint", required: true },
    port: { kind: "text", value: "<number>", summary: "its port (default: 3306)" },
    user: {
      kind: "text",
      value: "<account>",
      summary: "the MySQL account, with its prefix: sl_jane.doe",
      required: true,
    },
    region: {
      kind: "text",
      value: "<name>",
      summary: "the region (default: that of the endpoint, the environment or the AWS profile)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const hostname = hostOf(args);
    const username = args.required("user");
    const port = Number(args.text("port") ?? "3306");
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new UsageError(`\`--port\` must be a number from 1 to 65535, but is "${args.text("port")}"`);
    const region = await regionOf(args, hostname, io);
    // Loaded here only, so that other commands start without the SDK.
    const { Signer } = await import("@aws-sdk/rds-signer");
    const credentials = await currentCredentials(io.now());
    const minutes = validFor(credentials.expiration, io.now());
    const signer = new Signer({ hostname, port, username, credentials, region });
    const made = await signer.getAuthToken().catch((cause: unknown) => {
      throw credentialsProblem({ what: NO_TOKEN, hint: LOG_IN }, cause);
    });
    if (minutes < MINUTES) io.err(`The AWS credentials end in ${spoken(minutes)}, and the token with them.`);
    if (args.flag("json"))
      printJson(io, { token: made, host: hostname, port, user: username, region, minutes });
    else io.out(made);
    return 0;
  },
};

function hostOf(args: Arguments): string {
  const host = args.required("host");
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host))
    throw new UsageError(
      `\`--host\` must be a host name without scheme, port and path, but is "${host}": give the port by \`--port\``,
    );
  return host;
}

/**
 * The region of an endpoint of RDS: `orders.cluster-abc.eu-west-1.rds.amazonaws.com`, in China
 * `...rds.cn-north-1.amazonaws.com.cn`. A global writer endpoint names none.
 */
function regionOfEndpoint(host: string): string | undefined {
  const region = "[a-z]{2}(?:-[a-z]+)+-[0-9]+";
  const found = new RegExp(`\\.(?:(${region})\\.rds|rds\\.(${region}))\\.[a-z0-9.-]+$`).exec(
    host.toLowerCase(),
  );
  return found?.[1] ?? found?.[2];
}

/** The region to sign for. A token for another one than the endpoint's never works. @throws UsageError */
async function regionOf(args: Arguments, host: string, io: Io): Promise<string> {
  const own = regionOfEndpoint(host);
  const given = args.text("region");
  if (own !== undefined && given !== undefined && given !== own)
    throw new UsageError(`\`--region\` is ${given}, but the endpoint is in ${own}: leave \`--region\` out`);
  return own ?? given ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"] ?? (await regionOfProfile());
}

async function regionOfProfile(): Promise<string> {
  const { SSMClient } = await import("@aws-sdk/client-ssm");
  return new SSMClient({}).config.region().catch(() => {
    throw new UsageError(
      "`--region` is missing: neither the host's name nor AWS_REGION nor the AWS profile says the region",
    );
  });
}

const spoken = (minutes: number): string =>
  minutes === 0 ? "less than a minute" : minutes === 1 ? "1 minute" : `${minutes} minutes`;

/** The credentials of the environment or the profile; new ones if they end soon. @throws CallFailedError */
async function currentCredentials(now: Date) {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  const provider = fromNodeProviderChain();
  const found = await provider().catch((cause: unknown) => {
    throw credentialsProblem({ what: NO_TOKEN, hint: LOG_IN }, cause);
  });
  const { expiration } = found;
  const isShort = expiration !== undefined && expiration.getTime() - now.getTime() < MINUTES * 60_000;
  return isShort ? provider({ forceRefresh: true }).catch(() => found) : found;
}

/** How many minutes a login by the token works. @throws CallFailedError if the credentials have ended */
function validFor(expiration: Date | undefined, now: Date): number {
  if (expiration === undefined) return MINUTES;
  const left = Math.floor((expiration.getTime() - now.getTime()) / 60_000);
  if (expiration <= now) {
    const reason = `the AWS credentials ended at ${expiration.toISOString()}`;
    throw new CallFailedError({ what: NO_TOKEN, reason, hint: LOG_IN }, undefined);
  }
  return Math.min(MINUTES, left);
}
