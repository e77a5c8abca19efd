import type { Tracer } from "@aws-lambda-powertools/tracer";

type Segments = Pick<Tracer, "getSegment" | "setSegment" | "putAnnotation">;
/** Does some work as a named part of a trace. */
export type Trace = <T>(
  name: string,
  annotations: Readonly<Record<string, string>>,
  work: () => Promise<T>,
) => Promise<T>;

export const untraced: Trace = (_name, _annotations, work) => work();

/** X-Ray, where it is switched on. */
export interface Tracing {
  /** The client, with each of its calls as a subsegment. */
  client<T>(client: T): T;
  readonly within: Trace;
}

/**
 * X-Ray for a function whose errors may be in its traces. The tracer is loaded only where it is used.
 * @see https://docs.powertools.aws.dev/lambda/typescript/latest/features/tracer/
 */
export async function xrayTracing(serviceName: string): Promise<Tracing> {
  const { Tracer } = await import("@aws-lambda-powertools/tracer");
  const tracer = new Tracer({ serviceName, enabled: true });
  const within: Trace = (name, annotations, work) =>
    inSubsegment(tracer, `## ${name}`, async () => {
      tracer.annotateColdStart();
      tracer.addServiceNameAnnotation();
      annotate(tracer, annotations);
      try {
        return await work();
      } catch (error) {
        tracer.addErrorAsMetadata(error as Error);
        throw error;
      }
    });
  return { client: client => tracer.captureAWSv3Client(client), within };
}

/** X-Ray for a function whose errors may hold what was sent: a trace says only that the work failed. */
export const xrayWithoutErrors: Trace = async (name, annotations, work) => {
  const { Tracer } = await import("@aws-lambda-powertools/tracer");
  const tracer = new Tracer({ captureHTTPsRequests: false });
  return inSubsegment(tracer, name, async () => {
    annotate(tracer, annotations);
    try {
      return await work();
    } catch (error) {
      tracer.getSegment()?.addFaultFlag();
      throw error;
    }
  });
};

async function inSubsegment<T>(tracer: Segments, name: string, work: () => Promise<T>): Promise<T> {
  const parent = tracer.getSegment();
  const segment = parent?.addNewSubsegment(name);
  if (!parent || !segment) return work();
  tracer.setSegment(segment);
  try {
    return await work();
  } finally {
    segment.close();
    tracer.setSegment(parent);
  }
}

function annotate(tracer: Segments, annotations: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(annotations)) tracer.putAnnotation(key, value);
}
