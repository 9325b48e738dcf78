// Shows: whom each of a pod's scripts asks a repository as, call by call, where configs name roles, and how a session of
// STS is taken, kept and signed with. Does not show that pgBackRest, restic, curl or STS take it so:
// tests/lab/web-identity.test.ts.
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodFolder } from "./pod-scripts.ts";

const roleOf = (name: string): string => `arn:aws:iam::111111111111:role/holdfast-${name}`;
const roles: Readonly<Record<string, string>> = {
  "archive-offsite": roleOf("writer"),
  "job-offsite": roleOf("writer"),
  restore: roleOf("reader"),
  "restore-current": roleOf("reader"),
  "restore-offsite": roleOf("reader"),
  records: roleOf("recorder"),
};

/** Answers as STS, then as S3; what it was given goes into `curl.log`, and into `curl.arguments` what others could see. */
const curl = `
printf '%s\\n' "$*" >>"$FAKES/../curl.arguments"
config=; url=; form=()
while (($#)); do
	case $1 in
	--config) config=$(cat) ;;
	--url) url=$2 ;;
	--data-urlencode)
		# As the real one: NAME@FILE is the file's content.
		case $2 in *@/*) form+=("\${2%%@*}=$(cat "\${2#*@}")") ;; *) form+=("$2") ;; esac ;;
	esac
	shift
done
printf '%s\\n' "$url \${form[*]}" "$config" >>"$FAKES/../curl.log"
if [[ $url != https://sts.eu-central-1.amazonaws.com/ ]]; then
	echo "{\\"epoch\\":2,\\"site\\":\\"dr\\"}"
	exit
fi
[[ ! -e $FAKES/../refused ]] || { echo '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>'; exit 22; }
role=; for each in "\${form[@]}"; do [[ $each != RoleArn=* ]] || role=\${each##*holdfast-}; done
cat <<-EOX
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>ASIA$role</AccessKeyId>
      <SecretAccessKey>hidden/$role+=</SecretAccessKey>
      <SessionToken>session/$role==</SessionToken>
      <Expiration>$(cat "$FAKES/../expires")</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>
EOX
`;

/** What pgBackRest and restic would take a role by, after the config that they were called with. */
const asked = (name: string) => `
for argument; do case $argument in --config=*) config=\${argument##*/} ;; esac; done
echo "\${config:-${name}} \${AWS_ROLE_ARN-none} \${AWS_WEB_IDENTITY_TOKEN_FILE-none} \${AWS_ACCESS_KEY_ID-none} \${AWS_REGION-none}" >>"$FAKES/../asked"
case $* in
*info*) cat "$FAKES/info \${config%.conf}" 2>/dev/null || echo '[]' ;;
*"cat config"*) exit 0 ;;
esac
`;

let pod: PodFolder;
const lines = (name: string): readonly string[] => pod.read(name).trim().split("\n");
const expireIn = (seconds: number): void =>
  pod.write("expires", new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, ""));
const environment = (): Record<string, string> => ({
  HF_IDENTITY_TOKEN: join(pod.root, "token"),
  HF_SESSIONS: pod.state,
});
const asRoles = [...new Set(Object.keys(roles))];

beforeEach(() => {
  pod = new PodFolder();
  for (const name of asRoles) {
    writeFileSync(
      join(pod.root, "config", `${name}.conf`),
      [
        `# role=${roles[name]}`,
        "[global]",
        "repo1-s3-key-type=web-id",
        "repo1-s3-sts-host=sts.eu-central-1.amazonaws.com",
        "repo1-storage-host=store.test",
        "repo1-storage-port=443",
        "repo1-storage-ca-file=/none/ca.crt",
        "repo1-s3-region=eu-central-1",
        "repo1-cipher-pass=passphrase",
        "",
      ].join("\n"),
    );
  }
  pod.write("token", "the-pods-token");
  expireIn(3600);
  pod.program("curl", curl);
  pod.program("pgbackrest", asked("pgbackrest"));
});
afterEach(() => pod.remove());

/** Runs lines of bash as a script of the pod's. */
function run(text: string, more: Readonly<Record<string, string>> = {}) {
  pod.putCommand("try", `#!/bin/bash\n. "$HF_BIN/lib.sh"\n${text}\n`);
  return pod.run("try", [], { ...environment(), ...more });
}

const get = 's3_get "$HF_CONTROL_URL/epoch.json"';

describe("curl's requests", () => {
  it("are signed with a session of the role, taken with the pod's token", async () => {
    const { exitCode, stdout } = await run(get);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ epoch: 2, site: "dr" });
    const [sts, s3] = pod.read("curl.log").split(/(?=^https:\/\/store)/m);
    expect(sts).toContain("Action=AssumeRoleWithWebIdentity");
    expect(sts).toContain(`RoleArn=${roleOf("reader")}`);
    expect(sts).toContain("WebIdentityToken=the-pods-token");
    expect(s3).toContain('user = "ASIAreader:hidden/reader+="');
    expect(s3).toContain('header = "x-amz-security-token: session/reader=="');
    expect(s3).toContain('aws-sigv4 = "aws:amz:eu-central-1:s3"');
  });

  it("show nothing of it: not among arguments, not on the way, and keep it to this user", async () => {
    const { stdout, stderr } = await run(get);
    for (const text of [pod.read("curl.arguments"), stdout, stderr])
      expect(text).not.toMatch(/the-pods-token|hidden|session\/reader/);
    const kept = readdirSync(pod.state).filter((name) => name.startsWith("session-"));
    expect(kept).toHaveLength(1);
    expect(statSync(join(pod.state, kept[0] ?? "")).mode & 0o777).toBe(0o600);
  });

  it("take one session for all, until minutes before it ends", async () => {
    await run(`${get}; ${get}`);
    await run(get);
    const calls = () => lines("curl.arguments").filter((line) => line.includes("sts.")).length;
    expect(calls()).toBe(1);
    expireIn(299);
    await run('rm -f "$HF_SESSIONS"/session-*');
    await run(get);
    expect(calls()).toBe(2);
    expireIn(3600);
    await run(get);
    expect(calls()).toBe(3);
    await run(get);
    expect(calls()).toBe(3);
  });

  it("take each config's own role, in one process", async () => {
    await run(`${get}; s3 records --url https://store.test/records/x; ${get}`);
    const users = pod.read("curl.log").match(/user = "[^:]*/g);
    expect(users).toEqual(['user = "ASIAreader', 'user = "ASIArecorder', 'user = "ASIAreader']);
  });

  it("fail with the role's name where STS refuses, and ask the store nothing", async () => {
    pod.write("refused", "");
    const { exitCode, stderr } = await run(`${get} || { echo "no answer" >&2; exit 3; }`);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`the role ${roleOf("reader")} could not be taken: <ErrorResponse>`);
    expect(stderr).toContain("AccessDenied");
    expect(pod.read("curl.log")).not.toContain("store.test");
    expect(readdirSync(pod.state).filter((name) => name.startsWith("session-"))).toEqual([]);
  });

  it("go on with a session that has minutes left where STS fails, and no longer", async () => {
    expireIn(200);
    await run(get);
    pod.write("refused", "");
    expect((await run(get)).exitCode).toBe(0);
    const [kept = ""] = readdirSync(pod.state).filter((name) => name.startsWith("session-"));
    pod.write(`state/${kept}`, `${Math.floor(Date.now() / 1000) - 1} ASIAold:old old\n`);
    expect((await run(`${get} || exit 3`)).exitCode).toBe(3);
    expect(pod.read("curl.log")).not.toContain("ASIAold");
  });

  it("fail where STS answers with something else", async () => {
    pod.write("expires", "");
    const { exitCode, stderr } = await run(`${get} || exit 3`);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("STS answered without credentials");
  });

  it("of a config with keys ask no STS", async () => {
    const { exitCode } = await run("s3 archive-site --url https://store.test:8333/site/x");
    expect(exitCode).toBe(0);
    expect(pod.read("curl.log")).toContain('user = "the-key:the-secret"');
    expect(pod.read("curl.log")).not.toMatch(/sts|security-token/);
  });
});

describe("pgBackRest is called as", () => {
  const as = (config: string): string =>
    `${config}.conf ${roles[config] ?? "none"} ${roles[config] === undefined ? "none" : join(pod.root, "token")} none none`;

  it("each config's role or keys, in one process", async () => {
    await run("backrest archive-offsite check; backrest archive-site check; backrest restore-current check");
    expect(lines("asked")).toEqual([as("archive-offsite"), as("archive-site"), as("restore-current")]);
  });

  it("the config's role, whatever the surroundings say", async () => {
    await run("backrest archive-offsite check", {
      AWS_ROLE_ARN: roleOf("x"),
      AWS_WEB_IDENTITY_TOKEN_FILE: "/x",
    });
    expect(lines("asked")).toEqual([as("archive-offsite")]);
  });

  it("writer and site by the archive command", async () => {
    for (const name of ["archive-open", "site-open"]) pod.write(join(pod.state, name), "");
    const { exitCode } = await pod.run("archive-push", ["pg_wal/000000020000000000000007"], environment());
    expect(exitCode).toBe(0);
    expect(lines("asked")).toEqual([as("archive-offsite"), as("archive-site")]);
  });

  it("writer, which a failed push names", async () => {
    pod.write(join(pod.state, "archive-open"), "");
    pod.program("pgbackrest", "exit 82");
    const { stderr } = await pod.run("archive-push", ["pg_wal/000000020000000000000007"], environment());
    expect(stderr).toContain(`(status 82), asked as ${roleOf("writer")}`);
  });

  it("reader by the restore command", async () => {
    pod.write("state/wal-sources", "restore-current restore-site\n");
    pod.program("pgbackrest", `${asked("pgbackrest")}exit 1`);
    const { exitCode } = await pod.run(
      "archive-get",
      ["000000010000000000000003", join(pod.root, "x")],
      environment(),
    );
    expect(exitCode).toBe(1);
    expect(lines("asked")).toEqual([as("restore-current"), as("restore-site")]);
  });

  it("writer by a backup, whose record is the recorder's", async () => {
    const { exitCode } = await pod.run("backup", ["full", "offsite"], environment());
    expect(exitCode).toBe(0);
    expect(new Set(lines("asked"))).toEqual(new Set([as("job-offsite")]));
    expect(pod.read("curl.log")).toContain(`RoleArn=${roleOf("recorder")}`);
    expect(pod.read("curl.log")).not.toContain(`RoleArn=${roleOf("writer")}`);
  });

  it("writer by a backup that failed, whose record names it", async () => {
    pod.program("pgbackrest", "exit 39");
    const { stdout } = await pod.run("backup", ["full", "offsite"], environment());
    expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({
      outcome: "failed",
      identity: roleOf("writer"),
    });
  });

  it("reader by a verify", async () => {
    await pod.run("verify", ["offsite"], environment());
    expect(lines("asked")[0]).toBe(as("restore-current"));
  });
});

describe("restic", () => {
  const dump = () =>
    pod.run("logical-dump", [], {
      ...environment(),
      ...{ HF_DUMP_HOST: "database", HF_DUMP_PORT: "5432", HF_DUMP_ROLE: "dump", HF_DUMP_SECRET: pod.root },
      ...{ HF_DUMP_URL: "s3:https://store.test/b/dumps", HF_DUMP_KEEP_DAILY: "1", HF_DUMP_KEEP_WEEKLY: "1" },
    });

  beforeEach(() => {
    pod.write("password", "secret");
    pod.program("restic", asked("restic"));
    pod.fakes.psql = "";
  });

  it("takes the writer's role at the region's STS", async () => {
    const { exitCode } = await dump();
    expect(exitCode).toBe(0);
    expect(new Set(lines("asked"))).toEqual(
      new Set([`restic ${roleOf("writer")} ${join(pod.root, "token")} none eu-central-1`]),
    );
  });

  it("has the keys of a config with keys, and no role", async () => {
    pod.write(
      join(pod.root, "config", "job-offsite.conf"),
      "[global]\nrepo1-s3-key=the-key\nrepo1-s3-key-secret=the-secret\nrepo1-s3-region=us-east-1\n",
    );
    await dump();
    expect(new Set(lines("asked"))).toEqual(new Set(["restic none none the-key none"]));
  });
});
