import { z } from "zod";
import { mostPercent, percentOf, strays, viewOfServers } from "../dns-view.ts";
import { FindingError } from "../findings.ts";
import { contractOf, sqlInDatabase } from "../in-pod.ts";
import { StepFailed } from "../outcome.ts";
import type { StewardPhase } from "../ports/steward.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { type Proof, proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { publicNames } from "./gate.ts";

/** Steps that watch the promotion beside the `up` that does it. */

export function rolesStep(): Step {
  return {
    id: "roles",
    title: "Roles: applications' accounts sign in at dr and may write",
    timeout: "activate",
    expectedMs: 30_000,
    evidence: [],
    async run(context) {
      await context.until(
        "the prober's role to sign in at dr",
        async (signal) => {
          const rows = await context.ports.pg.query(
            "dr",
            "select pg_is_in_recovery() as recovering",
            [],
            signal,
          );
          return rows[0]?.recovering === false ? done(true) : notYet("in recovery");
        },
        { timeout: "activate" },
      );
    },
    async verify(context) {
      const [row] = await context.ports.pg.query(
        "dr",
        "select current_user as role, current_setting('transaction_read_only') as read_only",
        [],
        context.signal,
      );
      return [
        proof(
          "writable for applications",
          row?.read_only === "off",
          `${row?.role}, read only ${row?.read_only}`,
        ),
      ];
    },
  };
}

/** A copy that mails or polls is worse than none: proved in the database, before Odoo starts on it. */
export function neutraliseStep(options: SiteLossOptions): Step {
  const state = async (context: StepContext) => {
    const [row] = await sqlInDatabase(
      context,
      "dr",
      options.odooDatabase,
      `select (select count(*) from ir_cron where active),
              (select count(*) from ir_mail_server where smtp_host not like '%.invalid'),
              (select count(*) from mail_mail where state = 'outgoing'),
              coalesce((select value from ir_config_parameter where key = 'database.is_neutralized'), 'no')`,
    );
    const [crons = "?", servers = "?", queued = "?", flag = "?"] = row ?? [];
    return { crons, servers, queued, flag };
  };
  return {
    id: "neutralise",
    title: "Neutralise: the copy neither mails nor runs jobs",
    timeout: "activate",
    expectedMs: 30_000,
    evidence: [],
    async run(context) {
      await context.until(
        "Odoo's database to be neutralised",
        async () => {
          const phase = (await context.ports.steward.status("dr", context.signal))?.phase ?? "waiting";
          if (!pastNeutralise.has(phase)) return notYet(phase);
          return done(true);
        },
        { timeout: "activate" },
      );
    },
    async verify(context) {
      const { crons, servers, queued, flag } = await state(context);
      const quiet = crons === "0" && servers === "0" && queued === "0" && flag.toLowerCase() === "true";
      const detail = `${crons} active jobs, ${servers} mail servers, ${queued} queued mails, flag ${flag}`;
      context.check("integrity", "odoo-neutralised", quiet ? "met" : "missed", detail);
      if (!quiet) throw new FindingError({ id: "NOT_NEUTRALISED", what: detail });
      return [proof("Odoo is quiet", true, detail)];
    },
  };
}

const pastNeutralise: ReadonlySet<StewardPhase> = new Set<StewardPhase>(["archive", "ready"]);

const deploymentSchema = z.object({
  spec: z.object({ replicas: z.number().optional() }).optional(),
  status: z.object({ readyReplicas: z.number().optional() }).optional(),
});

/** Only services that the stack calls critical hold up the business. */
export function servicesStep(): Step {
  const pending = async (context: StepContext): Promise<readonly string[]> => {
    const contract = contractOf(context, "dr");
    const namespace = contract.namespace ?? "";
    const states = await Promise.all(
      contract.services
        .filter(({ critical }) => critical)
        .map(async ({ deployment }) => {
          const found = await context.ports
            .kube("dr")
            .get("apps/v1/Deployment", namespace, deployment, context.signal);
          const ready = deploymentSchema.safeParse(found).data?.status?.readyReplicas ?? 0;
          return ready > 0 ? null : `${deployment} has ${ready} ready`;
        }),
    );
    return states.filter((state) => state !== null);
  };
  return {
    id: "services",
    title: "Services: what the business needs is ready at dr",
    timeout: "activate",
    expectedMs: 40_000,
    evidence: [],
    async run(context) {
      await context.until(
        "critical services to be ready",
        async () => {
          const waiting = await pending(context);
          return waiting.length === 0 ? done(true) : notYet(waiting.join(", "));
        },
        { timeout: "activate" },
      );
      context.set("servicesReady", { atMs: context.ports.clock.now() });
    },
    async verify(context) {
      const critical = contractOf(context, "dr").services.filter((service) => service.critical);
      if (critical.length === 0) throw new StepFailed("stack dr declares no critical service");
      return [proof("critical services are ready", true, critical.map(({ name }) => name).join(", "))];
    },
  };
}

/** Accepted is not served: every authoritative server and every resolver is asked. */
export function trafficStep(): Step {
  return {
    id: "traffic",
    title: "Traffic: every name server and resolver sends users to dr",
    timeout: "activate",
    expectedMs: 45_000,
    evidence: ["traffic.json"],
    async run(context) {
      const { names, address } = publicNames(context, "dr");
      let mostAtMs: number | null = null;
      const views = await context.until(
        "every name server to send users to dr",
        async () => {
          const seen = await viewOfServers(context, names);
          if ((percentOf(seen, address) ?? 0) >= mostPercent) mostAtMs ??= context.ports.clock.now();
          const wrong = seen.map((view) => strays(view, address)).filter((stray) => stray !== null);
          return wrong.length === 0 ? done(seen) : notYet(wrong.join("; "));
        },
        { timeout: "activate" },
      );
      context.set("traffic", {
        atMs: context.ports.clock.now(),
        mostAtMs,
        servers: views.map(({ name, address: at, addresses, ttlSeconds }) => ({
          name,
          address: at,
          addresses: [...addresses],
          ttlSeconds,
        })),
      });
      context.evidence("traffic.json", `${JSON.stringify(views, null, 2)}\n`);
    },
    async verify(context) {
      const { address } = publicNames(context, "dr");
      return [
        ...context.need("traffic").servers.map(({ name, addresses }) =>
          proof(
            `${name} sends users to dr`,
            addresses.every((each) => each === address),
            addresses.join(", "),
          ),
        ),
        ...(await oldAddressRefuses(context)),
      ];
    },
  };
}

/** Clients outlive a name's time to live: who still goes to the old address must be refused there. In a rehearsal it serves. */
async function oldAddressRefuses(context: StepContext): Promise<readonly Proof[]> {
  if (context.peek("t0") !== null) return [];
  return Promise.all(
    (["gateway", "database"] as const).map(async (service) => {
      const { open, detail } = await context.ports.pg.knock("primary", service, context.signal);
      return proof(`the old address refuses (${service})`, !open, detail);
    }),
  );
}
