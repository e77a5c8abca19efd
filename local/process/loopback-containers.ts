/** What Docker is asked for, as far as it matters here. */
interface HostConfig {
  PortBindings?: Record<string, { HostIp?: string; HostPort?: string }[]>;
}

/** Testcontainers, which calls this before each container, also before the one that cleans up. */
async function beforeContainerCreated(this: { hostConfig: HostConfig }): Promise<void> {
  const { PortBindings = {} } = this.hostConfig;
  for (const binding of Object.values(PortBindings).flat()) binding.HostIp = "127.0.0.1";
}

/**
 * Testcontainers whose ports are open on loopback only. By default Docker opens them on every network of the
 * machine, past its firewall.
 */
export async function loopbackContainers(): Promise<typeof import("testcontainers")> {
  const containers = await import("testcontainers");
  Object.assign(containers.GenericContainer.prototype, { beforeContainerCreated });
  return containers;
}
