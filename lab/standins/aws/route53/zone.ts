// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetHostedZoneCommand,
  ListTagsForResourceCommand,
  type ResourceRecordSet,
  type Route53Client,
  type TagResourceType,
  UpdateHostedZoneCommentCommand,
} from "@aws-sdk/client-route-53";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { fromTagList, type Tagged, tagChanges, toTagList } from "../tags.ts";
import { recordSetsOf } from "./sets.ts";

interface Zone extends Tagged {
  readonly name: string;
  readonly comment?: string | undefined;
  readonly forceDestroy?: boolean;
}

export const zone = defineAws<Zone>({
  token: "aws:route53/zone:Zone",
  actsOn: ["name", "comment", "forceDestroy", "tags"],
  replaceOn: ["name"],
  autoName: { property: "name" },
  defaults: { comment: "Managed by Pulumi" },
  computed: ["arn", "zoneId", "nameServers", "primaryNameServer"],

  async create(inputs, aws) {
    const made = await aws.route53().send(
      new CreateHostedZoneCommand({
        Name: inputs.name,
        CallerReference: crypto.randomUUID(),
        HostedZoneConfig: { Comment: inputs.comment },
      }),
    );
    const id = bareId(made.HostedZone?.Id);
    await retag(aws.route53(), "hostedzone", id, undefined, inputs.tagsAll);
    return id;
  },

  async read(Id, aws) {
    const route53 = aws.route53();
    const found = await unlessGone(route53.send(new GetHostedZoneCommand({ Id })));
    if (found?.HostedZone === undefined) return undefined;
    const nameServers = found.DelegationSet?.NameServers ?? [];
    return {
      inputs: {
        name: (found.HostedZone.Name ?? "").replace(/\.$/u, ""),
        comment: found.HostedZone.Config?.Comment,
        tagsAll: await tagsOf(route53, "hostedzone", Id),
      },
      computed: {
        arn: `arn:aws:route53:::hostedzone/${Id}`,
        zoneId: Id,
        nameServers,
        primaryNameServer: nameServers[0],
      },
    };
  },

  async update(Id, inputs, old, aws) {
    if (inputs.comment !== old.inputs.comment) {
      await aws.route53().send(new UpdateHostedZoneCommentCommand({ Id, Comment: inputs.comment ?? "" }));
    }
    await retag(aws.route53(), "hostedzone", Id, old.inputs.tagsAll, inputs.tagsAll);
  },

  async delete(Id, inputs, aws) {
    const route53 = aws.route53();
    if (inputs.forceDestroy === true) {
      const sets = await unlessGone(recordSetsOf(route53, Id));
      await remove(
        route53,
        Id,
        (sets ?? []).filter(({ Type }) => Type !== "NS" && Type !== "SOA"),
      );
    }
    await unlessGone(route53.send(new DeleteHostedZoneCommand({ Id })));
  },
});

async function remove(route53: Route53Client, HostedZoneId: string, sets: readonly ResourceRecordSet[]) {
  if (sets.length === 0) return;
  const Changes = sets.map((ResourceRecordSet) => ({ Action: "DELETE" as const, ResourceRecordSet }));
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
}

/** `/hostedzone/Z1` is `Z1`. */
function bareId(id: string | undefined): string {
  return id?.split("/").at(-1) ?? "";
}

export async function tagsOf(
  route53: Route53Client,
  ResourceType: TagResourceType,
  ResourceId: string,
): Promise<Tagged["tagsAll"]> {
  const answer = await route53.send(new ListTagsForResourceCommand({ ResourceType, ResourceId }));
  return fromTagList(answer.ResourceTagSet?.Tags as never);
}

export async function retag(
  route53: Route53Client,
  ResourceType: TagResourceType,
  ResourceId: string,
  before: Tagged["tagsAll"],
  after: Tagged["tagsAll"],
): Promise<void> {
  const { set, removed } =
    before === undefined ? { set: toTagList(after), removed: [] } : tagChanges(before, after);
  if (set.length + removed.length === 0) return;
  await route53.send(
    new ChangeTagsForResourceCommand({
      ResourceType,
      ResourceId,
      ...(set.length === 0 ? {} : { AddTags: set }),
      ...(removed.length === 0 ? {} : { RemoveTagKeys: removed }),
    }),
  );
}
