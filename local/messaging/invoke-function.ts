/** Calls a function by its ARN with a payload, as Lambda does for a queue or a schedule. */
export type InvokeFunction = (
  functionArn: string,
  payload: unknown,
) => Promise<{ readonly result: unknown; readonly functionError?: string }>;
