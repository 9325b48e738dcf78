import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { archiveOf, image } from "../../../lab/images/image.ts";
import type { ImageName } from "../../../lab/images/recipes.ts";

/** A program that runs in a tree; whatever its end, it is a value. */
export type Running = ReturnType<ImageRoot["run"]>;

/** An image's tree of a test's own, in which programs run as in a container, on this machine's network. */
export class ImageRoot {
  readonly path: string;
  readonly #user: number;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(path: string, user: number, environment: Readonly<Record<string, string>>) {
    this.path = path;
    this.#user = user;
    this.#environment = environment;
  }

  /** @param user of the programs and of the folders that they write to */
  static async unpack(
    name: ImageName,
    user: number,
    environment: Readonly<Record<string, string>>,
  ): Promise<ImageRoot> {
    const archive = archiveOf(await image(name));
    const folder = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
    const blob = async (digest: string): Promise<unknown> => {
      const { stdout } = await execa("tar", ["--extract", "--to-stdout", "--file", archive, digest]);
      return JSON.parse(stdout);
    };
    const fileOf = ({ digest }: { readonly digest: string }) => `blobs/${digest.replace(":", "/")}`;
    const index = (await blob("index.json")) as {
      readonly manifests: readonly [{ readonly digest: string }];
    };
    const manifest = (await blob(fileOf(index.manifests[0]))) as {
      readonly layers: readonly { readonly digest: string }[];
    };
    for (const layer of manifest.layers) {
      await execa("tar", ["--extract", "--directory", folder, "--file", archive, fileOf(layer)]);
      await execa("tar", [
        "--extract",
        "--zstd",
        "--directory",
        folder,
        "--file",
        join(folder, fileOf(layer)),
      ]);
    }
    await rm(join(folder, "blobs"), { recursive: true });
    for (const mounted of ["dev", "proc"]) await mkdir(join(folder, mounted), { recursive: true });
    return new ImageRoot(folder, user, environment);
  }

  /** A file of root's that the user may read. */
  async write(path: string, text: string, mode = 0o440): Promise<void> {
    const file = join(this.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode });
    await execa("chown", [`0:${this.#user}`, file]);
  }

  /** Folders that the user may write to. */
  async makeFolders(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const folder = join(this.path, path);
      await mkdir(folder, { recursive: true });
      await execa("chown", [`${this.#user}:${this.#user}`, folder]);
    }
  }

  read(path: string): Promise<string> {
    return readFile(join(this.path, path), "utf8");
  }

  /** In a mount namespace of its own: what is mounted here is gone with the program. */
  run(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const inside = `mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec /usr/sbin/chroot --userspec=${this.#user}:${this.#user} "$0" "$@"`;
    return execa("unshare", ["--mount", "sh", "-c", inside, this.path, ...command], {
      reject: false,
      extendEnv: false,
      env: { ...this.#environment, ...environment },
      stdin: "ignore",
    });
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
