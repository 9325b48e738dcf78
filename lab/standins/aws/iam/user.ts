// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListUserTagsCommand,
  PutUserPermissionsBoundaryCommand,
  type StatusType,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { ProviderError } from "../../../../provider/server/errors.ts";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { fromTagList, type Tagged, tagChanges, toTagList } from "../tags.ts";

interface User extends Tagged {
  readonly name: string;
  readonly path?: string | undefined;
  readonly permissionsBoundary?: string | undefined;
  readonly forceDestroy?: boolean;
}

export const user = defineAws<User>({
  token: "aws:iam/user:User",
  actsOn: ["name", "path", "permissionsBoundary", "forceDestroy", "tags"],
  replaceOn: ["name", "path"],
  autoName: { property: "name" },
  defaults: { path: "/" },
  computed: ["arn", "uniqueId"],

  async create(inputs, aws) {
    await aws.iam().send(
      new CreateUserCommand({
        UserName: inputs.name,
        Path: inputs.path,
        PermissionsBoundary: inputs.permissionsBoundary,
        Tags: toTagList(inputs.tagsAll),
      }),
    );
    return inputs.name;
  },

  async read(UserName, aws) {
    const iam = aws.iam();
    const found = (await unlessGone(iam.send(new GetUserCommand({ UserName }))))?.User;
    if (found === undefined) return undefined;
    const { Tags } = await iam.send(new ListUserTagsCommand({ UserName }));
    return {
      inputs: {
        name: UserName,
        path: found.Path,
        permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
        tagsAll: fromTagList(Tags as never),
      },
      computed: { arn: found.Arn, uniqueId: found.UserId },
    };
  },

  async update(UserName, inputs, old, aws) {
    const iam = aws.iam();
    const { permissionsBoundary } = inputs;
    if (permissionsBoundary !== undefined) {
      await iam.send(
        new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: permissionsBoundary }),
      );
    } else if (old.inputs.permissionsBoundary !== undefined) {
      await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
    }
    const { set, removed } = tagChanges(old.inputs.tagsAll, inputs.tagsAll);
    if (set.length > 0) await iam.send(new TagUserCommand({ UserName, Tags: set }));
    if (removed.length > 0) await iam.send(new UntagUserCommand({ UserName, TagKeys: removed }));
  },

  async delete(UserName, inputs, aws) {
    const iam = aws.iam();
    if (inputs.forceDestroy === true) {
      const keys = await unlessGone(iam.send(new ListAccessKeysCommand({ UserName })));
      for (const { AccessKeyId } of keys?.AccessKeyMetadata ?? []) {
        await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
      }
    }
    await unlessGone(iam.send(new DeleteUserCommand({ UserName })));
  },
});

interface AccessKey {
  readonly user: string;
  readonly status?: string | undefined;
}

export const accessKey = defineAws<AccessKey>({
  token: "aws:iam/accessKey:AccessKey",
  actsOn: ["user", "status"],
  replaceOn: ["user"],
  defaults: { status: "Active" },
  computed: ["secret", "createDate"],

  async create({ user: UserName, status }, aws) {
    const { AccessKey: made } = await aws.iam().send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId = "", SecretAccessKey = "" } = made ?? {};
    secrets.set(AccessKeyId, SecretAccessKey);
    if (status === "Inactive") {
      await aws.iam().send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: status }));
    }
    return AccessKeyId;
  },

  async read(id, aws, _region, known) {
    if (known === undefined) {
      throw new ProviderError("an access key cannot be imported: nobody gives its secret twice", {
        hint: "make a new one and delete the old",
      });
    }
    const answer = await unlessGone(
      aws.iam().send(new ListAccessKeysCommand({ UserName: known.inputs.user })),
    );
    const found = answer?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
    if (found === undefined) return undefined;
    return {
      inputs: { user: known.inputs.user, status: found.Status },
      computed: {
        secret: secrets.get(id) ?? known.outputs.secret,
        createDate: found.CreateDate?.toISOString(),
      },
    };
  },

  async update(AccessKeyId, { user: UserName, status = "Active" }, _old, aws) {
    const Status = status as StatusType;
    await aws.iam().send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));
  },

  async delete(AccessKeyId, { user: UserName }, aws) {
    await unlessGone(aws.iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })));
  },
});

/** Between a create and the read that follows it: afterwards only the state has it. */
const secrets = new Map<string, string>();
