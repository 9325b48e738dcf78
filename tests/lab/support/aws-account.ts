import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { createAwsProvider } from "../../../lab/standins/aws/provider.ts";
import type { Provider } from "../../../provider/server/provider.ts";
import { reveal } from "../../../provider/server/secrets.ts";
import type { PlainMap } from "../../../provider/server/value.ts";

export const awsRegion = "eu-central-1";
const keys = { accessKeyId: "lab", secretAccessKey: "lab" };

/** A client of that moto's objects beside the provider, for what is done to a bucket outside. */
export function s3ClientOf(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: awsRegion, forcePathStyle: true, credentials: keys });
}

export interface Made {
  readonly type: string;
  readonly id: string;
  readonly inputs: PlainMap;
  readonly outputs: PlainMap;
}

/** The stand-in for aws on a moto, and its resources as the engine would hold them. Every check has to pass. */
export class Account {
  readonly #provider: Provider<unknown>;

  constructor(endpoint: string, config: PlainMap = {}) {
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    };
    this.#provider = createAwsProvider(env) as Provider<unknown>;
    this.#provider.configure({
      region: awsRegion,
      defaultTags: JSON.stringify({ tags: { from: "holdfast" } }),
      ...config,
    });
  }

  #caller(type: string) {
    return { urn: `urn:pulumi:s::p::${type}::thing`, type, signal: AbortSignal.any([]), log: () => {} };
  }

  async check(type: string, inputs: PlainMap, old: PlainMap = {}): Promise<PlainMap> {
    const { inputs: checked, failures } = await this.#provider.check(this.#caller(type), old, inputs, {});
    expect(failures).toEqual([]);
    return reveal(checked);
  }

  async create(type: string, inputs: PlainMap): Promise<Made> {
    const checked = await this.check(type, inputs);
    const { id, outputs } = await this.#provider.create(this.#caller(type), checked, false);
    return { type, id, inputs: checked, outputs: reveal(outputs) };
  }

  async read({ type, id, inputs, outputs }: Made): Promise<Made | undefined> {
    const found = await this.#provider.read(this.#caller(type), id, inputs, outputs);
    if (found === undefined) return undefined;
    return { type, id: found.id, inputs: reveal(found.inputs), outputs: reveal(found.outputs) };
  }

  /** Paths that a preview would show, those that replace with a mark. */
  async diff(made: Made, wanted: PlainMap): Promise<readonly string[]> {
    const checked = await this.check(made.type, wanted, made.inputs);
    const { changes } = await this.#provider.diff(
      this.#caller(made.type),
      made.id,
      made.inputs,
      made.outputs,
      checked,
    );
    return changes.map(({ path, replace }) => (replace === true ? `${path} replaces` : path));
  }

  async update(made: Made, wanted: PlainMap): Promise<Made> {
    const inputs = await this.check(made.type, wanted, made.inputs);
    const { type, id } = made;
    const outputs = await this.#provider.update(
      this.#caller(type),
      id,
      inputs,
      made.inputs,
      made.outputs,
      false,
    );
    return { type, id, inputs, outputs: reveal(outputs) };
  }

  async preview(type: string, inputs: PlainMap): Promise<PlainMap> {
    const checked = await this.check(type, inputs);
    return reveal((await this.#provider.create(this.#caller(type), checked, true)).outputs);
  }

  async delete({ type, id, inputs, outputs }: Made): Promise<void> {
    await this.#provider.delete(this.#caller(type), id, inputs, outputs);
  }
}
