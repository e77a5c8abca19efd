import { hostOf, MINUTES, makeToken, portOf, regionFor, warnIfShort } from "../login/make-token";
import { type Command, jsonOption, printJson } from "../terminal/command";

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
    const hostname = hostOf("host", args.required("host"));
    const username = args.required("user");
    const port = portOf("port", args.text("port") ?? "3306");
    const region = await regionFor(hostname, args.text("region"), io);
    const { minutes, token: made } = await makeToken({ host: hostname, port, user: username, region }, io);
    warnIfShort(minutes, io);
    if (args.flag("json"))
      printJson(io, { token: made, host: hostname, port, user: username, region, minutes });
    else io.out(made);
    return 0;
  },
};
