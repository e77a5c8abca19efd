/** One statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect?: "Allow" | "Deny";
  /** Only in policies of a resource and in trust policies. */
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  /** Absent in trust policies alone. */
  readonly Resource?: string | readonly string[];
  readonly Condition?: object | undefined;
}

/**
 * The JSON of an IAM policy. ARNs may be tokens. The caller has to escape every `${` that belongs to IAM.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export const policyDocument = (statements: readonly PolicyStatement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ Sid, Effect = "Allow", ...rest }) => ({ Sid, Effect, ...rest })),
  });

/** The statements that allow use of a customer's KMS key; none if there is no such key. */
export const keyStatements = (
  kmsKeyArn: string | undefined,
  actions: readonly string[] = ["kms:Decrypt"],
): PolicyStatement[] => (kmsKeyArn === undefined ? [] : [{ Action: actions, Resource: kmsKeyArn }]);

/** The statements that allow reading a secret, which a customer's KMS key may encrypt. */
export const secretStatements = (secretArn: string, kmsKeyArn: string | undefined): PolicyStatement[] =>
  kmsKeyArn === undefined
    ? [{ Action: ["secretsmanager:GetSecretValue"], Resource: secretArn }]
    : // One statement: all policies of a role share 10,240 characters.
      [{ Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"], Resource: [secretArn, kmsKeyArn] }];
