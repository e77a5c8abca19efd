/** The part of a client of the AWS SDK that a step of every call can be added to. */
interface WithMiddleware {
  readonly middlewareStack: {
    add(step: (next: Step) => Step, options: { readonly step: "initialize"; readonly name: string }): void;
  };
}

type Step = (call: never) => Promise<unknown>;

/**
 * The client, which repeats a call once if the service does not take its session any more: that of a role
 * that was deleted and made again since the session began.
 * @param forget drops the session that an error is about, and says whether there is another try
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/middleware-stack.html
 */
export function renewing<T>(client: T, forget: (error: unknown) => boolean): T {
  (client as WithMiddleware).middlewareStack.add(
    next => async call => {
      try {
        return await next(call);
      } catch (error) {
        if (!forget(error)) throw error;
        return next(call);
      }
    },
    { step: "initialize", name: "renewSession" },
  );
  return client;
}
