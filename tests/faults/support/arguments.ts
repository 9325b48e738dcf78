import type { Kubectl } from "../../lab/support/namespace.ts";

/** As a person would with kubectl edit; gives what was there. */
export async function replaceArgument(kubectl: Kubectl, setting: string, argument: string): Promise<string> {
  const path = "{.spec.template.spec.containers[0].args}";
  const args = JSON.parse(
    await kubectl(["get", "statefulset", "database", "-o", `jsonpath=${path}`]),
  ) as string[];
  const index = args.findIndex((text) => text.startsWith(`${setting}=`));
  if (index === -1) throw new Error(`no argument ${setting} in ${args.join(" ")}`);
  const change = { op: "replace", path: `/spec/template/spec/containers/0/args/${index}`, value: argument };
  await kubectl(["patch", "statefulset", "database", "--type=json", `--patch=${JSON.stringify([change])}`]);
  return args[index] ?? "";
}

export async function readyAgain(kubectl: Kubectl): Promise<void> {
  await kubectl(["rollout", "status", "statefulset/database", "--timeout=300s"]);
}
