// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import { ProviderError } from "../../../../provider/server/errors.ts";
import { agrees } from "../../agree.ts";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { fromTagList, type Tagged, tagChanges, toTagList } from "../tags.ts";

interface OpenIdConnectProvider extends Tagged {
  readonly url: string;
  readonly clientIdLists: readonly string[];
  readonly thumbprintLists?: readonly string[];
}

export const openIdConnectProvider = defineAws<OpenIdConnectProvider>({
  token: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  actsOn: ["url", "clientIdLists", "thumbprintLists", "tags"],
  replaceOn: ["url"],
  computed: ["arn"],

  async create(inputs, aws) {
    const made = await aws.iam().send(
      new CreateOpenIDConnectProviderCommand({
        Url: inputs.url,
        ClientIDList: [...inputs.clientIdLists],
        ThumbprintList: [...(inputs.thumbprintLists ?? [])],
        Tags: toTagList(inputs.tagsAll),
      }),
    );
    return made.OpenIDConnectProviderArn ?? "";
  },

  async read(id, aws) {
    const question = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id });
    const found = await unlessGone(aws.iam().send(question));
    if (found === undefined) return undefined;
    const url = found.Url ?? "";
    return {
      inputs: {
        // IAM keeps it without the scheme that it must be given with.
        url: url.startsWith("https://") ? url : `https://${url}`,
        clientIdLists: found.ClientIDList ?? [],
        thumbprintLists: found.ThumbprintList ?? [],
        tagsAll: fromTagList(found.Tags as never),
      },
      computed: { arn: id },
    };
  },

  async update(OpenIDConnectProviderArn, inputs, old, aws) {
    const iam = aws.iam();
    if (!agrees(old.inputs.clientIdLists, inputs.clientIdLists)) {
      throw new ProviderError("moto has no call that changes the clients of an OpenID Connect provider", {
        hint: "the real service has; here, replace the provider",
      });
    }
    if (inputs.thumbprintLists !== undefined) {
      const ThumbprintList = [...inputs.thumbprintLists];
      await iam.send(
        new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }),
      );
    }
    const { set, removed } = tagChanges(old.inputs.tagsAll, inputs.tagsAll);
    if (set.length > 0) {
      await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: set }));
    }
    if (removed.length > 0) {
      await iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: removed }));
    }
  },

  async delete(id, _inputs, aws) {
    const command = new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id });
    await unlessGone(aws.iam().send(command));
  },
});
