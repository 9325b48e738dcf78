import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";

const scripts = join(import.meta.dirname, "../../components/database/scripts");
const commands = [
  "archive-get",
  "archive-push",
  "backup",
  "logical-dump",
  "restore",
  "restore-test",
  "start",
  "verify",
  "watch",
];

/** `hang`: it never ends by itself. */
export type FakeStatus = number | "hang";

/** What the fake programs say; each test changes what it is about. */
export interface Fakes {
  /** `pgbackrest info` by config. */
  info: Record<string, unknown>;
  /** The same byte for byte, where what it says is no JSON. */
  raw: Record<string, string>;
  /** Statuses of pgBackRest's commands by `command config`; 0 where nothing is said. */
  statuses: Record<string, FakeStatus | readonly FakeStatus[]>;
  /** Files that `repo-ls` finds by config, or by config and the last part of the path. */
  listed: Record<string, readonly string[]>;
  /** What psql answers; it cannot connect where nothing is said. */
  psql: string | null;
  /** Objects by path below the endpoint; a missing one is NoSuchKey. */
  objects: Record<string, string>;
  /** What a restore of a set says instead of restoring it, by label: pgBackRest's words, its code in brackets. */
  damaged: Record<string, string>;
  /** By config: what a backup says. */
  said?: Record<string, string>;
  /** When the archive's newest segment was stored by config, in seconds since 1970. */
  stored: Record<string, number>;
  /** Text of the history file that `repo-get` gives by config. */
  history: Record<string, string>;
  /** What the server does: it is up and promoted, or it ends with these words. */
  server: "up" | { readonly fatal: string };
  /** The third place drops everything. */
  unreachable: boolean;
  /** What a restore brings. */
  systemIdentifier: string;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
  readonly stdout: string;
  /** pgBackRest's and initdb's calls, config and command first: `restore restore --delta ...`. */
  readonly calls: readonly string[];
  /** Objects that were put, by key in their bucket; JSON. */
  readonly put: Readonly<Record<string, unknown>>;
}

/** A database pod's file system in a temporary folder, with fake pgBackRest, PostgreSQL and curl on PATH. */
export class PodFolder {
  readonly root = mkdtempSync(join(tmpdir(), "holdfast-pod-"));
  readonly volume = join(this.root, "volume");
  readonly pgData = join(this.volume, "pgdata");
  readonly state = join(this.root, "state");
  private readonly config = join(this.root, "config");
  private readonly bin = join(this.root, "bin");
  private readonly path = join(this.root, "path");
  private readonly fakesFolder = join(this.root, "fakes");
  fakes: Fakes = {
    info: {},
    raw: {},
    statuses: {},
    listed: {},
    psql: null,
    objects: {},
    damaged: {},
    stored: {},
    history: {},
    server: "up",
    unreachable: false,
    systemIdentifier: "7000000000000000001",
  };

  constructor() {
    for (const folder of [this.volume, this.state, this.config, this.path, this.fakesFolder])
      mkdirSync(folder);
    // As the ConfigMap gives them: commands without a suffix.
    cpSync(scripts, this.bin, { recursive: true });
    for (const command of commands) cpSync(join(this.bin, `${command}.sh`), join(this.bin, command));
    for (const name of [
      "restore",
      "restore-current",
      "restore-site",
      "archive-offsite",
      "archive-site",
      "job-offsite",
      "job-site",
      "records",
      "restore-offsite",
    ]) {
      this.write(join(this.config, `${name}.conf`), configOf(name));
    }
    for (const [name, text] of Object.entries(programs)) {
      this.write(join(this.path, name), `#!/bin/bash\nset -u\n${text}`);
      chmodSync(join(this.path, name), 0o755);
    }
  }

  /** A command among the scripts, for trying a part of one. */
  putCommand(name: string, text: string): void {
    this.write(join(this.bin, name), text);
    chmodSync(join(this.bin, name), 0o755);
  }

  write(path: string, text: string): void {
    writeFileSync(path.startsWith("/") ? path : join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** A data directory of that system, as a server left it. */
  putData(system: string, files: Readonly<Record<string, string>> = {}): void {
    mkdirSync(this.pgData, { recursive: true });
    for (const [name, text] of Object.entries({ PG_VERSION: "18", system, ...files }))
      this.write(join(this.pgData, name), text);
  }

  putMarker(marker: Readonly<Record<string, unknown>>): void {
    this.write(join(this.volume, "holdfast-marker.json"), JSON.stringify(marker));
  }

  marker(): Record<string, unknown> {
    return JSON.parse(this.read("volume/holdfast-marker.json")) as Record<string, unknown>;
  }

  status(): Record<string, unknown> {
    return JSON.parse(this.read("state/status.json")) as Record<string, unknown>;
  }

  removeData(name: string): void {
    rmSync(join(this.pgData, name));
  }

  /** What Linux calls a process. */
  commOf(pid: number): string {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  }

  dataFiles(): readonly string[] {
    return readdirSync(this.pgData).sort();
  }

  /** A program of the system's that a test wants to say something else. */
  program(name: string, text: string): void {
    this.write(join(this.path, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(this.path, name), 0o755);
  }

  async run(
    command: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    this.putFakes();
    const result = await execa(join(this.bin, command), args, {
      reject: false,
      cwd: this.volume,
      extendEnv: false,
      env: {
        PATH: `${this.path}:/usr/local/bin:/usr/bin:/bin`,
        FAKES: this.fakesFolder,
        PGDATA: this.pgData,
        HF_BIN: this.bin,
        HF_CONFIG: this.config,
        HF_STATE: this.state,
        HF_VOLUME: this.volume,
        HF_STANZA: "main",
        HF_SITE: "dr",
        HF_ROLE: "active",
        HF_EPOCH: "2",
        HF_SOURCE_EPOCH: "1",
        HF_CONTROL_URL: "https://store.test:8333/control",
        HF_EPOCH_KEY: "epoch.json",
        HF_RECORDS_URL: "https://store.test:8333/records",
        HF_RECORD_PAUSE: "0",
        HF_EPOCH_TRIES: "2",
        HF_EPOCH_PAUSE: "0",
        HF_GET_PAUSE: "0",
        HF_REFUSE_PAUSE: "0",
        ...environment,
      },
    });
    return {
      exitCode: result.exitCode ?? -1,
      stderr: result.stderr,
      stdout: result.stdout,
      calls: this.readCalls(),
      put: this.readPut(),
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private putFakes(): void {
    const { info, raw, statuses, listed, objects, unreachable, systemIdentifier } = this.fakes;
    const { damaged, stored, history, server, psql } = this.fakes;
    rmSync(this.fakesFolder, { recursive: true });
    mkdirSync(this.fakesFolder);
    const put = (name: string, text: string): void => this.write(join(this.fakesFolder, name), text);
    for (const [name, value] of Object.entries(info)) put(`info ${name}`, JSON.stringify(value));
    for (const [name, text] of Object.entries(raw)) put(`info ${name}`, text);
    for (const [name, value] of Object.entries(statuses)) put(`status ${name}`, [value].flat().join("\n"));
    for (const [name, value] of Object.entries(listed)) put(`listed ${name}`, value.join("\n"));
    for (const [name, value] of Object.entries(objects)) put(`object ${basename(name)}`, value);
    for (const [name, words] of Object.entries(this.fakes.said ?? {})) put(`said ${name}`, words);
    for (const [label, words] of Object.entries(damaged)) put(`damaged ${label}`, words);
    for (const [name, time] of Object.entries(stored))
      put(`stored ${name}`, JSON.stringify({ segment: { type: "file", size: 1, time } }));
    for (const [name, text] of Object.entries(history)) put(`history ${name}`, text);
    if (server !== "up") put("fatal", server.fatal);
    if (psql !== null) put("psql", psql);
    if (unreachable) put("unreachable", "");
    put("system", systemIdentifier);
  }

  private readPut(): Readonly<Record<string, unknown>> {
    const files = readdirSync(this.fakesFolder).filter((name) => name.startsWith("put "));
    return Object.fromEntries(
      files.map((name) => [
        name.slice("put ".length).replaceAll(",", "/"),
        JSON.parse(readFileSync(join(this.fakesFolder, name), "utf8")),
      ]),
    );
  }

  private readCalls(): readonly string[] {
    try {
      return readFileSync(join(this.fakesFolder, "calls"), "utf8").trim().split("\n");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  }
}

function configOf(name: string): string {
  const path = name === "restore" || name === "restore-site" ? "/epochs/1" : "/epochs/2";
  return [
    "[global]",
    `repo1-path=${path}`,
    "repo1-storage-host=store.test",
    "repo1-storage-port=8333",
    "repo1-storage-ca-file=/none/ca.crt",
    "repo1-s3-bucket=offsite",
    "repo1-s3-region=us-east-1",
    "repo1-s3-key=the-key",
    "repo1-s3-key-secret=the-secret",
    "",
  ].join("\n");
}

const programs: Readonly<Record<string, string>> = {
  pgbackrest: `
config=; command=; rest=()
for argument; do
	case $argument in
	--config=*) config=$(basename "\${argument#--config=}" .conf) ;;
	--*) rest+=("$argument") ;;
	*) if [[ -z $command ]]; then command=$argument; else rest+=("$argument"); fi ;;
	esac
done
echo "$config $command \${rest[*]}" >>"$FAKES/calls"
status=0
if [[ -s "$FAKES/status $command $config" ]]; then
	read -r status <"$FAKES/status $command $config"
	# One line a call; the last one stays.
	[[ $(grep -c '' "$FAKES/status $command $config") -lt 2 ]] || sed -i 1d "$FAKES/status $command $config"
fi
case $command in
info) cat "$FAKES/info $config" ;;
repo-ls)
	case "\${rest[*]}" in
	*--output=json*) cat "$FAKES/stored $config" 2>/dev/null || echo '{}' ;;
	*) cat "$FAKES/listed $config \${rest[-1]##*/}" 2>/dev/null || cat "$FAKES/listed $config" 2>/dev/null ;;
	esac ;;
repo-get) cat "$FAKES/history $config" 2>/dev/null ;;
backup | verify) cat "$FAKES/said $config" 2>/dev/null ;;
restore)
	set=
	for option in "\${rest[@]}"; do [[ $option != --set=* ]] || set=\${option#*=}; done
	if [[ -e "$FAKES/damaged $set" ]]; then
		# Some of it is written before the damage is met.
		mkdir -p "$PGDATA" && touch "$PGDATA/backup.manifest"
		echo "P00  ERROR: $(cat "$FAKES/damaged $set")"
		exit 1
	fi
	# As the real one: the history of the timeline asked for must lie in its own path.
	for option in "\${rest[@]}"; do
		[[ $option == --target-timeline=* ]] || continue
		history=$(printf '%08X.history' "\${option#*=}")
		[[ $history == 00000001.history ]] || grep -qx "$history" "$FAKES/listed $config" || status=55
	done
	if ((status == 0)); then
		echo "P00   INFO: restore backup set 20261125-010000F, recovery will start at 2026-11-25 01:00:00"
		echo "P01 DETAIL: restore file /x/1 (8KB, 12.50%) checksum 00"
		mkdir -p "$PGDATA"
		cp "$FAKES/system" "$PGDATA/system"
		echo 18 >"$PGDATA/PG_VERSION"
		touch "$PGDATA/recovery.signal"
		printf "archive_command = 'old'\\narchive_timeout = 1\\nwork_mem = '8MB'\\nprimary_conninfo = 'host=old'\\n" >"$PGDATA/postgresql.auto.conf"
	else
		echo "P00  ERROR: [029]: unable to find backup set"
	fi ;;
archive-get) ((status != 0)) || echo got >"\${rest[-1]}" ;;
esac
# A repository that drops everything: only an end from outside ends it.
[[ $status != hang ]] || exec sleep 60
exit "$status"
`,
  initdb: `
echo "initdb $*" >>"$FAKES/calls"
for argument; do case $argument in --pgdata=*) data=\${argument#--pgdata=} ;; esac; done
echo 18 >"$data/PG_VERSION"
cp "$FAKES/system" "$data/system"
`,
  pg_controldata: `
for argument; do case $argument in --pgdata=*) data=\${argument#--pgdata=} ;; esac; done
echo "Database system identifier:           $(cat "$data/system")"
echo "max_connections setting:              200"
echo "max_worker_processes setting:         8"
echo "max_wal_senders setting:              10"
echo "max_prepared_xacts setting:           0"
echo "max_locks_per_xact setting:           64"
`,
  postgres: `
last=\${!#}
case $* in
*" -C "*) [[ $last == max_connections ]] && echo 100 || echo 1000 ;;
*)
	echo "postgres $*" >>"$FAKES/calls"
	[[ -e $FAKES/fatal ]] || {
		touch "$FAKES/promoted"
		# A copy's server stays, at least until somebody has seen it writable.
		[[ $* != *unix_socket_directories=* ]] || for try in {1..300}; do
			[[ ! -e $FAKES/seen ]] || break
			sleep 0.1
		done
		exit 0
	}
	echo "2026-11-25 03:00:00 UTC [1] FATAL:  the database system is starting up" >&2
	echo "2026-11-25 03:00:00 UTC [1] FATAL:  $(cat "$FAKES/fatal")" >&2
	exit 1 ;;
esac
`,
  psql: `
if [[ -e $FAKES/psql ]]; then cat "$FAKES/psql"; exit; fi
[[ -e $FAKES/promoted ]] || { echo "psql: could not connect" >&2; exit 2; }
case $* in
*pg_is_in_recovery*) touch "$FAKES/seen"; echo f ;;
*pg_walfile_name*) echo 00000002 ;;
esac
`,
  curl: `
[[ ! -e $FAKES/unreachable ]] || { echo "curl: (28) timed out" >&2; exit 28; }
config=$(cat)
[[ $config == *'user = "the-key:the-secret"'* ]] || { echo AccessDenied; exit 22; }
[[ "$*" != *the-secret* ]] || { echo "a secret among the arguments"; exit 2; }
urls=(); outputs=(); data=; digest=
while (($#)); do
	case $1 in
	--url) urls+=("$2") ;;
	--output) outputs+=("$2") ;;
	--data-binary) data=\${2#@} ;;
	--header) [[ $2 != content-md5:* ]] || digest=\${2#content-md5: } ;;
	esac
	shift
done
if [[ -n $data ]]; then
	# As a bucket with a lock: no object without the digest of what is put.
	[[ $digest == "$(openssl dgst -md5 -binary "$data" | base64)" ]] || { echo BadDigest; exit 22; }
	key=\${urls[0]#https://*/*/}
	cp "$data" "$FAKES/put \${key////,}"
	exit
fi
for index in "\${!urls[@]}"; do
	url=\${urls[index]}
	name=\${url##*/}
	[[ $url != *versions=* ]] || name=versions
	[[ $url != *list-type=2* ]] || name=list
	[[ -e "$FAKES/object $name" ]] || { echo '<Error><Code>NoSuchKey</Code></Error>'; exit 22; }
	cat "$FAKES/object $name" >"\${outputs[index]:-/dev/stdout}"
done
`,
};
