// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetHealthCheckCommand,
  type HealthCheckConfig,
  type HealthCheckType,
  UpdateHealthCheckCommand,
} from "@aws-sdk/client-route-53";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import type { Tagged } from "../tags.ts";
import { retag, tagsOf } from "./zone.ts";

interface HealthCheck extends Tagged {
  readonly type: string;
  readonly fqdn?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly port?: number | undefined;
  readonly resourcePath?: string | undefined;
  readonly searchString?: string | undefined;
  readonly requestInterval?: number | undefined;
  readonly failureThreshold?: number | undefined;
  readonly measureLatency?: boolean | undefined;
  readonly invertHealthcheck?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly enableSni?: boolean | undefined;
  readonly referenceName?: string;
}

/** The settings alone: nothing here looks whether what is checked is healthy. */
export const healthCheck = defineAws<HealthCheck>({
  token: "aws:route53/healthCheck:HealthCheck",
  actsOn: [
    "type",
    "fqdn",
    "ipAddress",
    "port",
    "resourcePath",
    "searchString",
    "requestInterval",
    "failureThreshold",
    "measureLatency",
    "invertHealthcheck",
    "disabled",
    "enableSni",
    "referenceName",
    "tags",
  ],
  replaceOn: ["type", "requestInterval", "measureLatency", "referenceName"],
  defaults: { failureThreshold: 3 },
  computed: ["arn", "enableSni"],

  async create(inputs, aws) {
    const made = await aws.route53().send(
      new CreateHealthCheckCommand({
        CallerReference: `${inputs.referenceName ?? "holdfast"}-${crypto.randomUUID().slice(0, 8)}`,
        HealthCheckConfig: {
          ...settings(inputs),
          Type: inputs.type as HealthCheckType,
          RequestInterval: inputs.requestInterval,
          MeasureLatency: inputs.measureLatency,
        },
      }),
    );
    const id = made.HealthCheck?.Id ?? "";
    await retag(aws.route53(), "healthcheck", id, undefined, inputs.tagsAll);
    return id;
  },

  async read(HealthCheckId, aws) {
    const route53 = aws.route53();
    const found = await unlessGone(route53.send(new GetHealthCheckCommand({ HealthCheckId })));
    const config = found?.HealthCheck?.HealthCheckConfig;
    if (config === undefined) return undefined;
    return {
      inputs: {
        type: config.Type ?? "",
        fqdn: config.FullyQualifiedDomainName,
        ipAddress: config.IPAddress,
        port: config.Port,
        resourcePath: config.ResourcePath,
        searchString: config.SearchString,
        requestInterval: config.RequestInterval,
        failureThreshold: config.FailureThreshold,
        measureLatency: config.MeasureLatency,
        invertHealthcheck: config.Inverted,
        disabled: config.Disabled,
        enableSni: config.EnableSNI,
        tagsAll: await tagsOf(route53, "healthcheck", HealthCheckId),
      },
      computed: { arn: `arn:aws:route53:::healthcheck/${HealthCheckId}`, enableSni: config.EnableSNI },
    };
  },

  async update(HealthCheckId, inputs, old, aws) {
    await aws.route53().send(new UpdateHealthCheckCommand({ HealthCheckId, ...settings(inputs) }));
    await retag(aws.route53(), "healthcheck", HealthCheckId, old.inputs.tagsAll, inputs.tagsAll);
  },

  async delete(HealthCheckId, _inputs, aws) {
    await unlessGone(aws.route53().send(new DeleteHealthCheckCommand({ HealthCheckId })));
  },
});

/** What may change in place. */
function settings(inputs: HealthCheck): Omit<HealthCheckConfig, "Type"> {
  return {
    FullyQualifiedDomainName: inputs.fqdn,
    IPAddress: inputs.ipAddress,
    Port: inputs.port,
    ResourcePath: inputs.resourcePath,
    SearchString: inputs.searchString,
    FailureThreshold: inputs.failureThreshold,
    Inverted: inputs.invertHealthcheck,
    Disabled: inputs.disabled,
    EnableSNI: inputs.enableSni,
  };
}
