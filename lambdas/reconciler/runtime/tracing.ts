/** X-Ray, where it is switched on. Loaded only then. */
export interface Tracing {
  /** The client, with each of its calls as a subsegment. */
  client<T>(client: T): T;
  /** `work` as a subsegment of the call. */
  within<T>(name: string, annotations: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T>;
}

/** @see https://docs.powertools.aws.dev/lambda/typescript/latest/features/tracer/ */
export async function xrayTracing(service: string): Promise<Tracing> {
  const { Tracer } = await import("@aws-lambda-powertools/tracer");
  const tracer = new Tracer({ serviceName: service, enabled: true });
  return {
    client: client => tracer.captureAWSv3Client(client),
    within: async (name, annotations, work) => {
      const parent = tracer.getSegment();
      const segment = parent?.addNewSubsegment(`## ${name}`);
      if (segment) tracer.setSegment(segment);
      tracer.annotateColdStart();
      tracer.addServiceNameAnnotation();
      for (const [key, value] of Object.entries(annotations)) tracer.putAnnotation(key, value);
      try {
        return await work();
      } catch (error) {
        tracer.addErrorAsMetadata(error as Error);
        throw error;
      } finally {
        segment?.close();
        if (parent) tracer.setSegment(parent);
      }
    },
  };
}
