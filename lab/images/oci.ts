import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import { execa } from "execa";

export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar+zstd";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/**
 * Writes `archive` (an OCI layout in a tar, what `ctr images import` reads) with the
 * one layer `rootfsTar`, using `work` as a scratch folder. Returns the manifest's digest.
 */
export async function packImage(
  rootfsTar: string,
  ref: string,
  config: ImageConfig,
  work: string,
  archive: string,
): Promise<string> {
  const blobs = join(work, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const layer = await packLayer(rootfsTar, blobs);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const image = await writeBlob(blobs, CONFIG, {
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
    history: [{ created_by: "holdfast build" }],
  });
  const manifest = await writeBlob(blobs, MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: image,
    layers: [layer.descriptor],
  });
  // containerd takes the name from its own annotation, other readers from OCI's.
  const annotations = { "io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref };
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(work, "index.json"), JSON.stringify(index));
  await writeFile(join(work, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await execa("tar", ["-C", work, "-cf", archive, "oci-layout", "index.json", "blobs"]);
  return manifest.digest;
}

/** Compressed at the lowest level: it is read once, on the machine that wrote it. The diffID is of the plain tar. */
async function packLayer(tar: string, blobs: string): Promise<{ diffId: string; descriptor: Descriptor }> {
  const plain = hashing();
  const packed = hashing();
  const temporary = join(blobs, "layer");
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  await pipeline(
    createReadStream(tar, { highWaterMark: 1 << 20 }),
    plain,
    compress,
    packed,
    createWriteStream(temporary),
  );
  const hex = packed.hex();
  await rename(temporary, join(blobs, hex));
  const { size } = await stat(join(blobs, hex));
  return { diffId: `sha256:${plain.hex()}`, descriptor: { mediaType: LAYER, digest: `sha256:${hex}`, size } };
}

async function writeBlob(blobs: string, mediaType: string, value: object): Promise<Descriptor> {
  const content = Buffer.from(JSON.stringify(value));
  const hex = createHash("sha256").update(content).digest("hex");
  await writeFile(join(blobs, hex), content);
  return { mediaType, digest: `sha256:${hex}`, size: content.length };
}

function hashing(): Transform & { hex(): string } {
  const hash = createHash("sha256");
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return Object.assign(stream, { hex: () => hash.digest("hex") });
}
