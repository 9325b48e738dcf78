// Shows: the database's pod, its generated configs and its jobs. Does not show that pgBackRest or PostgreSQL
// accept them; tests/lab does.
import { describe, expect, it } from "vitest";
import { readScripts } from "../../components/database/scripts.ts";
import { tlsDirectory } from "../../plan/database.ts";
import { deploy, one, type Registered, reveal, type TermState, type Value } from "./deploy.ts";

const promoted: TermState = { epoch: 2, activeSite: "dr", sourceEpoch: 1 };

async function configs(): Promise<Readonly<Record<string, string>>> {
  const { resources } = await deploy("dr", promoted, { "site.role": "active" });
  return reveal(one(resources, "kubernetes:core/v1:Secret", "database-pgbackrest").inputs.stringData);
}

async function pod(term: TermState, changes: Record<string, unknown>): Promise<Value> {
  const { resources } = await deploy("dr", term, changes);
  return one(resources, "kubernetes:apps/v1:StatefulSet", "database").inputs.spec.template.spec;
}

function options(text: string | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (text ?? "")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
}

describe("pgBackRest's configs", () => {
  it("are these, one a purpose and repository, never merged", async () => {
    expect(Object.keys(await configs()).sort()).toEqual([
      "archive-offsite.conf",
      "archive-site.conf",
      "job-offsite.conf",
      "job-site.conf",
      "restore-current.conf",
      "restore-site.conf",
      "restore.conf",
      "server-offsite.conf",
      "server-site.conf",
    ]);
  });

  it("restore from the source epoch with the reader's keys, archive into this one with the writer's", async () => {
    const files = await configs();
    expect(options(files["restore.conf"])).toMatchObject({
      "repo1-path": "/epochs/1",
      "repo1-s3-key": "content of offsite-reader.key",
    });
    expect(options(files["restore-current.conf"])).toMatchObject({
      "repo1-path": "/epochs/2",
      "repo1-s3-key": "content of offsite-reader.key",
    });
    expect(options(files["archive-offsite.conf"])).toMatchObject({
      "repo1-path": "/epochs/2",
      "repo1-s3-key": "content of offsite-writer.key",
    });
    expect(options(files["archive-site.conf"])).toMatchObject({
      "repo1-path": "/epochs/2",
      "repo1-s3-key": "content of dr/store-key",
    });
  });

  it("name a server only where a backup job reads from one", async () => {
    for (const [name, text] of Object.entries(await configs())) {
      expect("pg1-host" in options(text), name).toBe(name.startsWith("job-"));
      expect(text.match(/^repo[2-9]-/m), name).toBeNull();
    }
  });

  it("share no spool, and no lock but that of one repository's backups", async () => {
    const files = await configs();
    const spools = ["restore", "restore-current", "archive-offsite", "archive-site"].map(
      (name) => options(files[`${name}.conf`])["spool-path"],
    );
    expect(new Set(spools).size).toBe(4);
    const lock = (name: string): string | undefined => options(files[`${name}.conf`])["lock-path"];
    expect(lock("archive-offsite")).not.toBe(lock("archive-site"));
    // A job's backup and the steward's meet at the server's side of the lock.
    expect(lock("server-offsite")).toBe(lock("archive-offsite"));
    expect(lock("server-site")).toBe(lock("archive-site"));
  });

  it("encrypt, bundle and compress, over TLS with the repository's own authority", async () => {
    const files = await configs();
    for (const repository of ["offsite", "site"]) {
      expect(options(files[`archive-${repository}.conf`])).toMatchObject({
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-cipher-pass": "content of repository-cipher",
        "repo1-bundle": "y",
        "repo1-block": "y",
        "repo1-s3-uri-style": "path",
        "compress-type": "zst",
        "repo1-storage-ca-file": `${tlsDirectory}/${repository}-ca.crt`,
        "archive-async": "y",
        "repo1-storage-upload-chunk-size": "16MiB",
      });
    }
  });

  it("keep the store's usual parts where many processes would hold two each", async () => {
    const { resources } = await deploy("dr", promoted, { "site.role": "active", "backup.processes": 9 });
    const files = reveal(
      one(resources, "kubernetes:core/v1:Secret", "database-pgbackrest").inputs.stringData,
    );
    expect(options(files["job-offsite.conf"])["process-max"]).toBe("9");
    expect(options(files["job-offsite.conf"])["repo1-storage-upload-chunk-size"]).toBeUndefined();
  });

  it("admit only the certificate that the site itself shows", async () => {
    expect(options((await configs())["server-offsite.conf"])["tls-server-auth"]).toBe(
      "site.holdfast.test=main",
    );
  });

  it("have a path that nothing is at, where no epoch was before", async () => {
    const { resources } = await deploy("primary");
    const files = reveal(
      one(resources, "kubernetes:core/v1:Secret", "database-pgbackrest").inputs.stringData,
    );
    expect(options(files["restore.conf"])["repo1-path"]).toBe("/epochs/0");
  });
});

describe("the pod", () => {
  it("restores in an init container, and mounts its claim by name", async () => {
    const spec = await pod(promoted, { "site.role": "active" });
    expect(spec.initContainers.map((container: Value) => container.name)).toEqual(["restore"]);
    expect(spec.containers.map((container: Value) => container.name)).toEqual([
      "postgres",
      "steward",
      "pgbackrest",
      "watch",
      "metrics",
      "postgres-exporter",
    ]);
    expect(spec.volumes[0]).toMatchObject({
      name: "data",
      persistentVolumeClaim: { claimName: "database-data" },
    });
    const mount = spec.containers[0].volumeMounts.find(({ name }: Value) => name === "tls");
    // The plan's ssl_cert_file must lie where the secret is mounted.
    expect(mount.mountPath).toBe(tlsDirectory);
    const tls = spec.volumes.find((volume: Value) => volume.name === "tls");
    expect(tls.secret.defaultMode).toBe(0o440);
    expect(spec.volumes.find((volume: Value) => volume.name === "shm").emptyDir.medium).toBe("Memory");
  });

  it("tells its scripts the term", async () => {
    const spec = await pod(promoted, { "site.role": "active" });
    const environment = Object.fromEntries(
      spec.initContainers[0].env.map(({ name, value }: Value) => [name, value]),
    );
    expect(environment).toMatchObject({
      HF_SITE: "dr",
      HF_ROLE: "active",
      HF_EPOCH: "2",
      HF_SOURCE_EPOCH: "1",
      HF_STANZA: "main",
      HF_CONTROL_URL: "https://offsite.holdfast.test:8333/holdfast-control",
      HF_EPOCH_KEY: "epoch.json",
      HF_NEUTRALISE: "odoo n8n",
      HF_ODOO_DATABASE: "odoo",
    });
  });

  it("stops PostgreSQL fast: TERM alone would wait for every client", async () => {
    const [postgres] = (await pod(promoted, { "site.role": "active" })).containers;
    expect(postgres.lifecycle.preStop.exec.command).toEqual(["pg_ctl", "stop", "--mode=fast", "--no-wait"]);
  });

  it.each([
    ["active", promoted, { archive: true, readOnly: false, hba: "pg_hba.conf" }],
    ["draining", promoted, { archive: true, readOnly: true, hba: "pg_hba_draining.conf" }],
    ["rehearsal", { ...promoted, sourceEpoch: 2 }, { archive: false, readOnly: false, hba: "pg_hba.conf" }],
  ] as const)("as %s has the parameters of its role", async (role, term, expected) => {
    const [postgres] = (await pod(term, { "site.role": role })).containers;
    const parameters = Object.fromEntries(
      postgres.args
        .filter((argument: string) => argument !== "-c")
        .map((argument: string) => argument.split(/=(.*)/s).slice(0, 2)),
    );
    expect(parameters).toMatchObject({
      archive_mode: expected.archive ? "on" : "off",
      hba_file: `/holdfast/bin/${expected.hba}`,
      unix_socket_directories: "/run/postgresql",
    });
    expect(parameters.default_transaction_read_only).toBe(expected.readOnly ? "on" : undefined);
    // Words after pgBackRest's own check, and after PostgreSQL's: the command must name pgbackrest, and run ours.
    expect(parameters.archive_command).toMatch(/^\/holdfast\/bin\/archive-push %p .*pgbackrest/);
  });

  it("is given every script that it runs", () => {
    const files = Object.keys(readScripts());
    for (const command of [
      "restore",
      "start",
      "steward",
      "archive-get",
      "archive-push",
      "backup",
      "exporter",
      "watch",
      "lib.sh",
      "pg_hba.conf",
      "pg_hba_draining.conf",
      "schema.sql",
      "neutralise-odoo.sql",
    ]) {
      expect(files).toContain(command);
    }
  });
});

describe("what measures", () => {
  const containers = async (): Promise<ReadonlyMap<string, Value>> => {
    const spec = await pod(promoted, { "site.role": "active" });
    return new Map(spec.containers.map((container: Value) => [container.name, container]));
  };

  it("has no probe and no program that could end: neither may take the database's readiness away", async () => {
    const all = await containers();
    expect(all.get("watch").command).toEqual(["/holdfast/bin/watch"]);
    for (const name of ["watch", "metrics", "postgres-exporter"]) {
      const container = all.get(name);
      expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
      if (name !== "watch") expect(container.command).toEqual(["/holdfast/bin/exporter"]);
      expect(container.resources.limits.memory).toBeDefined();
      expect(container.securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      });
    }
  });

  it("serves to the outside as a user whom PostgreSQL does not know, and sees neither data nor keys", async () => {
    const all = await containers();
    for (const name of ["metrics", "postgres-exporter"]) {
      const { securityContext, volumeMounts, args } = all.get(name);
      expect(securityContext).toMatchObject({ runAsUser: 65534, runAsGroup: 999 });
      expect(volumeMounts.map(({ name: volume }: Value) => volume).sort()).toEqual([
        "scripts",
        "socket",
        "state",
        "tls",
      ]);
      expect(volumeMounts.every(({ readOnly }: Value) => readOnly)).toBe(true);
      expect(args).toContain("--web.config.file=/holdfast/bin/web-config.yml");
    }
    expect(all.get("metrics").args).toContain("--collector.disable-defaults");
    const scripts = readScripts();
    expect(scripts["web-config.yml"]).toContain("RequireAndVerifyClientCert");
    expect(scripts["pg_hba.conf"]).toMatch(/^local +all holdfast_monitor +peer map=monitor$/m);
    expect(scripts["pg_hba_draining.conf"]).toMatch(/^local +all holdfast_monitor +peer map=monitor$/m);
  });

  it("reads the volume and does not write it; the records by their bucket", async () => {
    const watch = (await containers()).get("watch");
    expect(watch.volumeMounts.find(({ name }: Value) => name === "data").readOnly).toBe(true);
    expect(watch.volumeMounts.map(({ name }: Value) => name)).not.toContain("roles");
    expect(watch.env).toEqual(
      expect.arrayContaining([
        { name: "HF_RECORDS_URL", value: "https://offsite.holdfast.test:8333/holdfast-records" },
        { name: "HF_WATCH_INTERVAL", value: "10" },
        { name: "HF_SITE", value: "dr" },
      ]),
    );
  });

  it("is reached by node ports, ready or not; a rehearsal's inside the cluster only", async () => {
    const service = async (role: string): Promise<Value> => {
      const { resources } = await deploy("dr", { ...promoted, sourceEpoch: 2 }, { "site.role": role });
      return one(resources, "kubernetes:core/v1:Service", "database-metrics").inputs.spec;
    };
    expect(await service("active")).toMatchObject({
      type: "NodePort",
      publishNotReadyAddresses: true,
      ports: [
        { name: "metrics", port: 9100, targetPort: "metrics", nodePort: 9100 },
        { name: "pg-metrics", port: 9187, targetPort: "pg-metrics", nodePort: 9187 },
      ],
    });
    const rehearsal = await service("rehearsal");
    expect(rehearsal.type).toBe("ClusterIP");
    expect(rehearsal.ports.every((port: Value) => port.nodePort === undefined)).toBe(true);
  });
});

describe("backup jobs", () => {
  const jobs = async (): Promise<readonly Registered[]> =>
    (await deploy("primary")).resources.filter(({ type }) => type === "kubernetes:batch/v1:CronJob");

  it("go to each repository by itself, and end", async () => {
    const found = await jobs();
    expect(
      found.map(({ inputs }) => inputs.spec.jobTemplate.spec.template.spec.containers[0].command),
    ).toEqual(
      expect.arrayContaining([
        ["/holdfast/bin/backup", "full", "offsite"],
        ["/holdfast/bin/backup", "full", "site"],
        ["/holdfast/bin/backup", "incr", "offsite"],
      ]),
    );
    for (const { inputs } of found) {
      expect(inputs.spec).toMatchObject({ concurrencyPolicy: "Forbid", suspend: false });
      expect(inputs.spec.startingDeadlineSeconds).toBeGreaterThan(0);
      expect(inputs.spec.jobTemplate.spec.activeDeadlineSeconds).toBeGreaterThan(0);
      expect(inputs.spec.timeZone).toBe("Etc/UTC");
    }
  });

  it("are of the database's image, and have no data directory to write to", async () => {
    const { resources } = await deploy("primary");
    const [postgres] = one(resources, "kubernetes:apps/v1:StatefulSet", "database").inputs.spec.template.spec
      .containers;
    for (const { inputs } of await jobs()) {
      const { containers, volumes } = inputs.spec.jobTemplate.spec.template.spec;
      expect(containers[0].image).toBe(postgres.image);
      expect(JSON.stringify(volumes)).not.toContain("persistentVolumeClaim");
    }
  });
});
