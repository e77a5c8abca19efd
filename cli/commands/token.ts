import { type Command, jsonOption, printJson } from "../terminal/command";
import { CallFailedError, reasonOf, UsageError } from "../terminal/errors";

/**
 * How long a token is valid for a login.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
const MINUTES = 15;

/** `aurora-users token`: prints a token, which is used as the password of a login. */
export const token: Command = {
  name: "token",
  summary: "print a token, which is used as the password of a login",
  details: [
    `The token is made from your AWS credentials, without a call to AWS, and is valid for ${MINUTES} minutes. The login works`,
    "if IAM allows rds-db:connect and the cluster has the account. The client must use TLS and the clear-text plug-in:",
    "  mysql --host H --user sl_jane.doe --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem --enable-cleartext-plugin",
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
      summary: "the region (default: AWS_REGION, AWS_DEFAULT_REGION)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const hostname = args.required("host");
    const username = args.required("user");
    const region = args.text("region") ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"];
    if (!region) throw new UsageError("`--region` is missing, and AWS_REGION is not set");
    const port = Number(args.text("port") ?? "3306");
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new UsageError(`\`--port\` must be a number from 1 to 65535, but is "${args.text("port")}"`);
    // Loaded here only, so that other commands start without the SDK.
    const { Signer } = await import("@aws-sdk/rds-signer");
    const signer = new Signer({ hostname, port, username, region });
    const made = await signer.getAuthToken().catch((cause: unknown) => {
      const hint = "Log in to AWS first (aws sso login, or AWS_PROFILE).";
      throw new CallFailedError({ what: "No token could be made", reason: reasonOf(cause), hint }, cause);
    });
    if (args.flag("json"))
      printJson(io, { token: made, host: hostname, port, user: username, region, minutes: MINUTES });
    else io.out(made);
    return 0;
  },
};
