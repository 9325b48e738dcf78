import { readFile, readlink, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { systemClock } from "../../drill/adapters/clock.ts";
import { serveControl } from "../../drill/adapters/control-socket.ts";
import { openLedgerFile, resumeLedger } from "../../drill/adapters/ledger-file.ts";
import { createNameResolver } from "../../drill/adapters/name-resolver.ts";
import { createDocumentUser } from "../../drill/adapters/odoo-documents.ts";
import { createOdooUser } from "../../drill/adapters/odoo-user.ts";
import { createSessionOpener } from "../../drill/adapters/writer-session.ts";
import { createProber } from "../../drill/prober/prober.ts";
import { type ProberSettings, proberFiles, proberSettingsSchema } from "../../drill/prober/settings.ts";
import { UserError } from "../../errors/user-error.ts";

/** `holdfast prober run`: started in the third place by a drill, or there by a service manager. */
export function registerProber(program: Command): void {
  program
    .command("prober")
    .description("measures what is lost and how long it takes, from outside both sites")
    .command("run")
    .description("commit heartbeats and users' transactions, and keep a ledger of them, until stopped")
    .requiredOption("--config <file>", "the prober's settings, as JSON")
    .action(({ config }: { config: string }) => run(config));
}

async function run(configFile: string): Promise<void> {
  const settings = await readSettings(configFile);
  const inDirectory = (name: string): string => join(settings.directory, name);
  const log = (line: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  };
  const earlier = await resumeLedger(inDirectory(proberFiles.ledger));
  const ledgerFile = await openLedgerFile(inDirectory(proberFiles.ledger));
  const prober = createProber({
    clock: systemClock,
    resolver: createNameResolver(settings.resolvers),
    ledgerFile,
    log,
    settings,
    earlier,
    timeout: (ms) => AbortSignal.timeout(ms),
    prober: `${hostname()} pid ${await outerPid()}`,
    ...(await makeWorkers(settings)),
  });
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  await writeFile(inDirectory(proberFiles.pid), await outerPid());
  const control = await serveControl(inDirectory(proberFiles.socket), prober.handle);
  try {
    log(`started; ledger ${inDirectory(proberFiles.ledger)}, ${earlier.head.seq} earlier lines`);
    await prober.run(interrupt.signal);
    log("stopped");
  } finally {
    await control.close();
    await ledgerFile.close();
    await rm(inDirectory(proberFiles.pid), { force: true });
  }
}

async function makeWorkers(
  settings: ProberSettings,
): Promise<
  Pick<Parameters<typeof createProber>[0], "heartbeats" | "load" | "user" | "documents" | "canary">
> {
  const { databaseName, databasePort, database, heartbeat, load, user, documents } = settings;
  const ca = await readFile(settings.caFile, "utf8");
  const target = { host: databaseName, port: databasePort, database, ca };
  const password = async (path: string): Promise<string> => (await readFile(path, "utf8")).replace(/\n$/, "");
  const person =
    user === null
      ? null
      : {
          host: settings.publicName,
          port: settings.publicPort,
          ca,
          database: user.database,
          login: user.login,
          password: await password(user.passwordFile),
        };
  return {
    heartbeats:
      heartbeat === null
        ? null
        : createSessionOpener({
            ...target,
            writer: "heartbeat",
            role: heartbeat.role,
            password: await password(heartbeat.passwordFile),
            payloadBytes: 0,
          }),
    load:
      load === null
        ? null
        : createSessionOpener({
            ...target,
            writer: "load",
            role: load.role,
            password: await password(load.passwordFile),
            payloadBytes: load.payloadBytes,
          }),
    user: person === null ? null : createOdooUser(person),
    canary:
      person === null || settings.canary === null
        ? null
        : createOdooUser({ ...person, host: settings.canary.name, port: settings.canary.port }),
    documents: person === null || documents === null ? null : createDocumentUser(person, documents.bytes),
  };
}

async function readSettings(path: string): Promise<ProberSettings> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UserError("CONFIG_INVALID", { what: "the prober's settings cannot be read", got: path, cause });
  }
  const parsed = proberSettingsSchema.safeParse(value);
  if (!parsed.success) {
    throw new UserError("CONFIG_INVALID", {
      what: `the prober's settings in ${path} are wrong\n${z.prettifyError(parsed.error)}`,
    });
  }
  return parsed.data;
}

/** This process as the host numbers it: in the third place's own process namespace `process.pid` is another number. */
async function outerPid(): Promise<string> {
  return readlink("/proc/self");
}
