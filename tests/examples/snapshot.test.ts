// Shows: every input, dependency, option and output of each example's resources at clouds and stores, as files that a
// reviewer reads in a change. What is inside the clusters is tests/components/site.test.ts's. Does not show that a cloud
// takes any of it: docs/proof-limits.md.
import { describe, expect, it } from "vitest";
import { stackContractSchema } from "../../contract/stack.ts";
import {
  deploy,
  isSecret,
  type Registered,
  reveal,
  type TermState,
  type Value,
} from "../components/deploy.ts";
import { examples } from "../config/stack-files.ts";

const terms: Readonly<Record<"primary" | "dr" | "offsite", TermState>> = {
  primary: { epoch: 1, activeSite: "primary", sourceEpoch: 0 },
  dr: { epoch: 1, activeSite: "primary", sourceEpoch: 1 },
  offsite: { epoch: 0, activeSite: "", sourceEpoch: 0 },
};

/** Of clusters and their passwords the other test tells; a provider of theirs is no cloud's either. */
function isOfTheCluster({ type }: Registered): boolean {
  return /^(kubernetes|random|pulumi:providers:(kubernetes|random)|holdfast:(?!index|storage:Aws|storage:Offsite|traffic))/.test(
    type,
  );
}

/** Secrets are named and not shown; documents are shown as what they are. */
function shown(value: Value): Value {
  if (isSecret(value)) return `secret: ${JSON.stringify(reveal(value)).slice(0, 60)}`;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([key, inner]) => [key, shown(inner)]),
    );
  if (typeof value === "string" && value.startsWith('{"Version"')) return JSON.parse(value);
  return value;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(2).join(" ");
}

function describeAll(resources: readonly Registered[]): string {
  const own = resources
    .filter((resource) => !isOfTheCluster(resource))
    .map(({ type, name, inputs, parent, dependencies, protect, retainOnDelete, provider }) => ({
      resource: `${type} ${name}`,
      inputs: shown(inputs),
      parent: nameOf(parent),
      provider: nameOf(provider),
      // What must be ready in the cluster first is tests/components/traffic.test.ts's.
      dependencies: dependencies
        .filter((urn) => !urn.includes("kubernetes:"))
        .map(nameOf)
        .sort(),
      protect,
      retainOnDelete,
    }))
    .sort((one, other) => one.resource.localeCompare(other.resource));
  return `${JSON.stringify(own, null, 2)}\n`;
}

describe.each(examples)("examples/%s", (example) => {
  it.each(["offsite", "primary", "dr"] as const)(
    "%s registers what its file says, and gives a contract",
    async (stack) => {
      const { resources, contract } = await deploy(stack, terms[stack], {}, `examples/${example}`);
      expect(stackContractSchema.parse(contract)).toMatchObject({ stack, site: stack });
      expect(resources.filter((resource) => !isOfTheCluster(resource)).length).toBeGreaterThan(0);
      await expect(describeAll(resources)).toMatchFileSnapshot(`snapshots/${example}-${stack}.snap`);
    },
  );

  it("uses the random provider for every password and key that is generated", async () => {
    const { resources } = await deploy("dr", terms.dr, {}, `examples/${example}`);
    const generated = resources.filter(({ type }) => type.startsWith("random:"));
    expect(generated.length).toBeGreaterThan(0);
    for (const { provider } of generated) expect(provider).toContain("pulumi:providers:random");
  });
});
