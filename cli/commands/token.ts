import { type Command, jsonOption, printJson, UsageError } from "../terminal/command";

/** How long a token lets its holder log in. @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
const MINUTES = 15;

/** `aurora-users token`: a token to log in with instead of a password. */
export const token: Command = {
  name: "token",
  summary: "print a token to log in with, instead of a password",
  details: [
    `The token is made from the AWS credentials around it, without a call to AWS, and lets in for ${MINUTES} minutes.`,
    "Whether it does is for IAM (rds-db:connect) and the cluster to say. The client has to use TLS, and to allow the clear-text plug-in:",
    "  mysql --host H --user sl_jane.doe --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem --enable-cleartext-plugin",
  ].join("\n"),
  positionals: [],
  options: {
    host: { kind: "text", value: "<name>", summary: "the endpoint to log in at", required: true },
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
    // Loaded only here: the other commands start without the SDK.
    const { Signer } = await import("@aws-sdk/rds-signer");
    const made = await new Signer({ hostname, port, username, region })
      .getAuthToken()
      .catch((cause: unknown) => {
        throw new Error(
          `No token could be made: ${(cause as Error).message}. Log in to AWS first (aws sso login, or AWS_PROFILE).`,
          { cause },
        );
      });
    if (args.flag("json"))
      printJson(io, { token: made, host: hostname, port, user: username, region, minutes: MINUTES });
    else io.out(made);
    return 0;
  },
};
