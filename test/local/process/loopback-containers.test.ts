import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startMotoContainer } from "../../../local/aws/moto-server";
import { startDockerMySql } from "../../../local/mysql/docker-mysql";
import { MissingPartError } from "../../../local/process/local-error";

interface Asked {
  readonly Image: string;
  readonly Env?: readonly string[];
  readonly HostConfig: {
    readonly PortBindings: Readonly<Record<string, readonly { HostIp?: string; HostPort: string }[]>>;
  };
}

/** A Docker engine that says yes to all, and refuses to create a container. */
describe("the containers of the Docker fallback", () => {
  let engine: Server;
  let asked: Asked[] = [];
  const before = { ...process.env };

  beforeAll(async () => {
    engine = createServer((request, response) => {
      const url = String(request.url);
      let body = "";
      request.on("data", chunk => {
        body += chunk;
      });
      request.on("end", () => {
        const creates = url.startsWith("/containers/create");
        if (creates) asked.push(JSON.parse(body));
        const info = {
          ServerVersion: "27",
          OperatingSystem: "linux",
          OSType: "linux",
          Architecture: "x86_64",
        };
        response.writeHead(creates ? 500 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(url.startsWith("/containers/json") ? [] : info));
      });
    });
    await new Promise<void>(done => engine.listen(0, "127.0.0.1", done));
    process.env["DOCKER_HOST"] = `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    process.env = before;
    engine.close();
  });

  const ask = async (start: () => Promise<unknown>): Promise<Asked> => {
    asked = [];
    await expect(start()).rejects.toThrow(MissingPartError);
    expect(asked).toHaveLength(1);
    return asked[0]!;
  };
  const bindings = ({ HostConfig }: Asked) => Object.values(HostConfig.PortBindings).flat();

  it("that cleans up is open on loopback only", async () => {
    const { Image, ...others } = await ask(() => startDockerMySql({}));
    expect(Image).toMatch(/ryuk/);
    expect(bindings({ Image, ...others })).toEqual([{ HostIp: "127.0.0.1", HostPort: "0" }]);
  });

  it.each([
    ["MySQL on any port", () => startDockerMySql({}), "mysql:8.0", "0"],
    ["MySQL on one port", () => startDockerMySql({ port: 33_306 }), "mysql:8.0", "33306"],
    ["MySQL with options", () => startDockerMySql({ partialRevokes: false }), "mysql:8.0", "0"],
    ["moto", () => startMotoContainer(), "motoserver/moto:", "0"],
  ])(
    "of %s are open on loopback only, and MySQL's root has a password",
    async (_what, start, image, HostPort) => {
      process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
      const container = await ask(start);
      expect(container.Image).toContain(image);
      expect(bindings(container)).toEqual([{ HostIp: "127.0.0.1", HostPort }]);
      const env = container.Env ?? [];
      expect(env.filter(entry => entry.includes("EMPTY_PASSWORD"))).toEqual([]);
      if (image.startsWith("mysql"))
        expect(env).toEqual([expect.stringMatching(/^MYSQL_ROOT_PASSWORD=[\w-]{24}$/)]);
    },
  );
});
