// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  type ChangeAction,
  ChangeResourceRecordSetsCommand,
  type ResourceRecordSet,
  type RRType,
} from "@aws-sdk/client-route-53";
import { ProviderError } from "../../../../provider/server/errors.ts";
import type { AwsClients } from "../clients.ts";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { readAnswers } from "./answers.ts";
import { recordSetsOf } from "./sets.ts";

interface Record {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly ttl?: number | undefined;
  readonly records?: readonly string[] | undefined;
  readonly setIdentifier?: string | undefined;
  readonly healthCheckId?: string | undefined;
  readonly weightedRoutingPolicies?: readonly { readonly weight: number }[] | undefined;
  readonly allowOverwrite?: boolean;
}

/** Simple and weighted records; the other routing policies are not in use. */
export const record = defineAws<Record>({
  token: "aws:route53/record:Record",
  actsOn: [
    "zoneId",
    "name",
    "type",
    "ttl",
    "records",
    "setIdentifier",
    "healthCheckId",
    "weightedRoutingPolicies",
    "allowOverwrite",
  ],
  replaceOn: ["zoneId", "name", "type", "setIdentifier"],
  computed: ["fqdn"],
  rules: ({ setIdentifier, weightedRoutingPolicies: weighted = [], records = [], ttl }) => [
    ...(weighted.length > 0 && setIdentifier === undefined
      ? [{ property: "setIdentifier", reason: "setIdentifier: is required with weightedRoutingPolicies" }]
      : []),
    ...(weighted.length === 0 && setIdentifier !== undefined
      ? [{ property: "setIdentifier", reason: "setIdentifier: means nothing without a routing policy" }]
      : []),
    ...(records.length > 0 && ttl === undefined
      ? [{ property: "ttl", reason: "ttl: is required with records" }]
      : []),
  ],

  async create(inputs, aws) {
    await refuseMixture(inputs, aws);
    await change(inputs.allowOverwrite === true ? "UPSERT" : "CREATE", inputs, aws);
    const { zoneId, name, type, setIdentifier } = inputs;
    return [zoneId, name, type, ...(setIdentifier === undefined ? [] : [setIdentifier])].join("_");
  },

  async read(id, aws) {
    const { zoneId, name, type, setIdentifier } = splitId(id);
    const sets = await unlessGone(recordSetsOf(aws.route53(), zoneId, name));
    const found = sets?.find((set) => set.Type === type && set.SetIdentifier === setIdentifier);
    if (found === undefined) return undefined;
    return {
      inputs: {
        zoneId,
        name,
        type,
        ttl: found.TTL,
        records: (found.ResourceRecords ?? []).map(({ Value = "" }) => Value),
        setIdentifier,
        healthCheckId: found.HealthCheckId,
        weightedRoutingPolicies: found.Weight === undefined ? undefined : [{ weight: found.Weight }],
      },
      computed: { fqdn: (found.Name ?? "").replace(/\.$/u, "") },
    };
  },

  async update(_id, inputs, _old, aws) {
    await refuseMixture(inputs, aws);
    await change("UPSERT", inputs, aws);
  },

  async delete(id, inputs, aws) {
    const { zoneId, name, type, setIdentifier } = splitId(id);
    const sets = await unlessGone(recordSetsOf(aws.route53(), zoneId, name));
    const found = sets?.find((set) => set.Type === type && set.SetIdentifier === setIdentifier);
    // Route 53 deletes only what it is shown exactly.
    if (found !== undefined) await change("DELETE", inputs, aws, found);
  },
});

async function change(
  Action: ChangeAction,
  inputs: Record,
  aws: AwsClients,
  shown?: ResourceRecordSet,
): Promise<void> {
  const { zoneId: HostedZoneId, weightedRoutingPolicies: [weighted] = [] } = inputs;
  const ResourceRecordSet = shown ?? {
    Name: inputs.name,
    Type: inputs.type as RRType,
    ...(inputs.ttl === undefined ? {} : { TTL: inputs.ttl }),
    ResourceRecords: (inputs.records ?? []).map((Value) => ({ Value })),
    ...(inputs.setIdentifier === undefined ? {} : { SetIdentifier: inputs.setIdentifier }),
    ...(inputs.healthCheckId === undefined ? {} : { HealthCheckId: inputs.healthCheckId }),
    ...(weighted === undefined ? {} : { Weight: weighted.weight }),
  };
  const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
  await aws.route53().send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
  if (inputs.type === "A") await mirror(inputs, aws);
}

/**
 * Route 53 has a name either simple or weighted, and refuses the other kind beside it (terraform-provider-aws#11485);
 * moto takes both, so the refusal is made here.
 */
async function refuseMixture(inputs: Record, aws: AwsClients): Promise<void> {
  const { zoneId, name, type, setIdentifier } = inputs;
  const sets = await recordSetsOf(aws.route53(), zoneId, name);
  const other = sets.find(
    (set) => set.Type === type && (set.SetIdentifier === undefined) !== (setIdentifier === undefined),
  );
  if (other === undefined) return;
  const [has, wants] = setIdentifier === undefined ? ["weighted", "simple"] : ["simple", "weighted"];
  throw new ProviderError(
    `InvalidChangeBatch: ${name} has ${has} ${type} records already, and Route 53 takes no ${wants} one beside them`,
    { hint: "make a name's records weighted from the first day" },
  );
}

/** The lab's name servers answer as Route 53 would. */
async function mirror({ zoneId, name, ttl = 60 }: Record, aws: AwsClients): Promise<void> {
  await aws.mirror?.answer(name, () => readAnswers(aws.route53(), zoneId, name, ttl));
}

/** `zone_name_type` or `zone_name_type_set`; a name may hold an underscore, a zone and a type never do. */
function splitId(id: string): {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly setIdentifier?: string;
} {
  const types = "A|AAAA|CAA|CNAME|DS|HTTPS|MX|NAPTR|NS|PTR|SOA|SPF|SRV|SSHFP|SVCB|TLSA|TXT";
  const [, zoneId, name, type, setIdentifier] =
    new RegExp(`^([^_]+)_(.+?)_(${types})(?:_(.+))?$`, "u").exec(id) ?? [];
  if (zoneId === undefined || name === undefined || type === undefined) {
    throw new ProviderError(
      `a record's id is zone_name_type or zone_name_type_set, not ${JSON.stringify(id)}`,
    );
  }
  return { zoneId, name, type, ...(setIdentifier === undefined ? {} : { setIdentifier }) };
}
