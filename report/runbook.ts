import type { StackContract } from "../contract/stack.ts";
import type { Verdict } from "../contract/verdict.ts";
import { secondsInWords } from "./figures.ts";
import { table } from "./table.ts";

/** What a runbook is written from: both sites as their plans declare them, and the last run that was met. */
export interface RunbookInputs {
  readonly primary: StackContract;
  readonly dr: StackContract;
  readonly lastRun: Verdict | null;
  /** Where `holdfast bundle` keeps what a promotion needs. */
  readonly bundle: { readonly bucketUrl: string; readonly region: string };
}

/** The promotion: these two and nothing else, as the pipelines have it too. */
const promotion = "pulumi config set --path 'holdfast:site.role' active --stack dr\npulumi up --stack dr";

/**
 * docs/runbook.md: what people do on the bad day, with this plan's names and the durations that the last drill
 * measured. Written again after each drill, so that the procedure is the one that was last seen to work.
 */
export function renderRunbook(inputs: RunbookInputs): string {
  const { primary, dr, lastRun, bundle } = inputs;
  return `${[
    "# Runbook",
    "<!-- written by `holdfast runbook` from the stack files and the last drill that was met; change those, not this -->",
    lastRun === null
      ? "No drill has been met yet: the durations are not known. `holdfast drill` measures them."
      : `Durations: run ${lastRun.id} of ${lastRun.startedAt.slice(0, 10)}, RTO ${secondsInWords(lastRun.rtoSeconds)} of ${secondsInWords(lastRun.rtoTargetSeconds)}, RPO ${secondsInWords(lastRun.rpoSeconds)} of ${secondsInWords(lastRun.rpoTargetSeconds)}.`,
    `## What is where\n\n${places(primary, dr)}`,
    `## The primary site is lost\n\n${failover(inputs)}`,
    `## It did not come up\n\n${trouble()}`,
    `## Without git, registry or pipeline\n\n${withoutInternet(bundle)}`,
    `## Going home\n\n${goingHome()}`,
    `## Data is wrong, and both sites live\n\n${recovery(primary)}`,
    `## Afterwards\n\n${afterwards()}`,
  ].join("\n\n")}\n`;
}

function places(primary: StackContract, dr: StackContract): string {
  const site = (contract: StackContract): readonly string[] => [
    contract.stack,
    contract.cluster?.context ?? "",
    contract.namespace ?? "",
    contract.database === null ? "" : `${contract.database.address}:${contract.database.port}`,
    (contract.backup?.repositories ?? [])
      .map(({ name, bucket, endpoint }) => `${name}: ${bucket} at ${endpoint}`)
      .join("; "),
  ];
  return [
    table(
      ["site", "cluster context", "namespace", "database", "repositories"],
      [primary, dr].map((contract) => site(contract)),
    ),
    `Users: ${primary.publicUrl}; applications: ${primary.databaseName}. Who is active is the epoch object's to say, in the third place: \`holdfast status\` reads it.`,
  ].join("\n\n");
}

interface Action {
  readonly what: string;
  readonly command: string;
  readonly done: string;
  readonly phases: readonly string[];
}

const failoverActions: readonly Action[] = [
  {
    what: "Look. Is the site lost, or only slow? One person decides, and says so.",
    command: "holdfast status",
    done: "primary's cluster does not answer; the offsite repository is ok, and its newest set and lag are what you can live with; note the epoch N",
    phases: ["detect", "decide"],
  },
  {
    what: "If primary still runs in part, stop its writers: what it takes from now on is lost.",
    command:
      "at the site: cut its power or its network; the fence keeps it from archiving once dr has the next epoch",
    done: "its public address refuses",
    phases: [],
  },
  {
    what: "Promote dr: one value and one `up`. By the pipeline (`promote dr`, with an approval), or by hand.",
    command: promotion,
    done: "the `up` ends without an error: restore, replay, promotion, services and weights are in it",
    phases: ["provision", "restore", "replay", "promote", "services", "traffic", "unattributed"],
  },
  {
    what: "Do what users do: sign in, read, write, open a document.",
    command: "holdfast status",
    done: "no problem is told but the lost site; every name server answers with dr's address",
    phases: ["verify"],
  },
  {
    what: "Keep it: without this the next ordinary `up` is refused.",
    command:
      "commit Pulumi.dr.yaml as it is now, and primary's with the role standby and, as handover, the new epoch",
    done: "the change is merged",
    phases: [],
  },
];

function failover({ lastRun }: RunbookInputs): string {
  const rows = failoverActions.map(({ what, command, done, phases }, index) => [
    String(index + 1),
    what,
    command.split("\n").map(code).join("<br>"),
    done,
    lastTook(lastRun, phases),
  ]);
  return `${table(["", "do", "with", "it is done when", "last took"], rows)}${phaseNote(lastRun)}`;
}

const code = (line: string): string => (/^(holdfast|pulumi|git)/.test(line) ? `\`${line}\`` : line);

function lastTook(lastRun: Verdict | null, phases: readonly string[]): string {
  if (phases.length === 0) return "";
  // Trying the functions comes after the RTO, so it is none of its phases.
  const { provedAfterSeconds = null, rtoSeconds = null } = lastRun ?? {};
  if (phases[0] === "verify" && provedAfterSeconds !== null && rtoSeconds !== null)
    return secondsInWords(Math.round((provedAfterSeconds - rtoSeconds) * 10) / 10);
  const known = phases.flatMap((name) => lastRun?.phases[name] ?? []);
  if (known.length === 0) return "not measured";
  return secondsInWords(Math.round(known.reduce((sum, seconds) => sum + seconds, 0) * 10) / 10);
}

function phaseNote(lastRun: Verdict | null): string {
  if (lastRun === null) return "";
  const rows = Object.entries(lastRun.phases).map(([name, seconds]) => [name, secondsInWords(seconds)]);
  return `\n\nThe third step by its parts, as the last run had them:\n\n${table(["phase", "took"], rows)}`;
}

function trouble(): string {
  return table(
    ["you see", "it means", "do"],
    [
      [
        "`epoch` and `handover` in the error",
        "dr is not armed with the present epoch: somebody was promoted since its file was merged",
        "`pulumi config set --path 'holdfast:site.handover' N --stack dr` with N from the error or `holdfast status`, and the `up` again",
      ],
      [
        "`the repository could not be read`, `cipher`",
        "the passphrase is not the repository's",
        "give dr the one under which the sets were made",
      ],
      [
        "`holds no backup set; its files were deleted`",
        "the repository was emptied; older versions are there",
        "`pulumi up` with `holdfast:recovery.repositoryAsOf` set to the time that the message names",
      ],
      [
        "`BACKUP_SET_DAMAGED`, and it goes on",
        "the newest set was damaged and the one before it was taken",
        "nothing now; look at `verify` afterwards",
      ],
      [
        "the `up` waits for the database",
        "replay takes its time",
        "`holdfast status` names the phase; the limit is twice the forecast",
      ],
      [
        "a name server still answers with the old address",
        "it does not get changes",
        "change it by hand; its TTL is the longest anybody is misled",
      ],
    ],
  );
}

function withoutInternet({ bucketUrl, region }: RunbookInputs["bundle"]): string {
  return [
    "The third place has a bundle of the program, its packages, Pulumi, the plugins, node and this page, of the last commit that was applied (`holdfast bundle`). A shell, curl (7.88 or newer), tar, gzip and sha256sum unpack it, with the reader's keys and the CA; any S3 client can read the objects too.",
    `\`\`\`sh
umask 077
cat > keys <<'END'
user = "ACCESS-KEY:SECRET-KEY"
aws-sigv4 = "aws:amz:${region}:s3"
cacert = "ca.crt"
END
curl --config keys --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --fail --output unpack.sh ${bucketUrl}/bundle/unpack.sh
sh unpack.sh keys ${bucketUrl} bundle
. bundle/env.sh && cd bundle/program
${promotion}
\`\`\``,
    "Bring along what the bundle has not, on purpose: the passphrase (`PULUMI_CONFIG_PASSPHRASE_FILE`) or the right to the KMS key, the keys to the state's bucket (`AWS_SHARED_CREDENTIALS_FILE`, `AWS_CA_BUNDLE`), `KUBECONFIG` of dr, and `HOLDFAST_SECRETS` where stack files name files. An older bundle: a fourth argument to `unpack.sh`, `manifests/TIME`.",
  ].join("\n\n");
}

function goingHome(): string {
  return [
    "With both sites up, at a quiet hour. `holdfast drill` does the same when it begins with dr active.",
    table(
      ["", "do", "it is done when"],
      [
        [
          "1",
          "dr's role to `draining`, `pulumi up --stack dr`: users are sent away, writes end, the last WAL leaves",
          "`holdfast status` says drained",
        ],
        [
          "2",
          "primary's role to `active`, `handover` the present epoch, `pulumi up --stack primary`",
          "it ends without an error",
        ],
        [
          "3",
          "dr's role to `standby` and its `handover` to the epoch that primary has now, which arms it; `pulumi up --stack dr`",
          "the weights are primary's, no problem is told",
        ],
      ],
    ),
  ].join("\n\n");
}

function recovery(primary: StackContract): string {
  return [
    table(
      ["what happened", "command"],
      [
        [
          "one table is wrong",
          "`holdfast extract --table public.NAME --at 2026-11-25T03:04:05Z --output table.sql`, then read it and run it",
        ],
        [
          "nobody knows when it was still right",
          "`holdfast restore --to-time ... --to look-at-it`: a copy beside production, as often as needed",
        ],
        [
          "everything after a moment is wrong",
          "`holdfast recover --to-time ...`: in place, under a new epoch; what came after is gone for users, and stays in the archive",
        ],
        [
          "the repository was emptied or overwritten",
          "any of these with `--repository-as-of` a time before that",
        ],
      ],
    ),
    `The archive of ${primary.backup?.stanza ?? "the stanza"} in \`${primary.stanzaPath ?? "/epochs/N"}\` reaches back to the oldest set (\`holdfast status\`: oldest restorable).`,
  ].join("\n\n");
}

function afterwards(): string {
  return [
    "- A full backup of the new epoch is started by itself; until it has ended (`holdfast status`) the old base backup and the new WAL are what there is.",
    "- What was lost: rows acknowledged after the last archived WAL. The report of a drill counts them; in a real failover ask the applications.",
    "- Documents: what was uploaded in the last seconds may have a row and no file, or a file and no row; the check of rows against files names the first kind.",
    "- Write down what this page did not say, and change `report/runbook.ts`.",
  ].join("\n");
}
