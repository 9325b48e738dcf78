import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { offsiteEndpoint } from "../../../lab/net/addresses.ts";
import { layout } from "./places.ts";

/** The jobs' records and the offsite bucket's names, with the reader's keys. */
export function openRecords() {
  const secret = (name: string): string => readFileSync(join(layout.secrets, name), "utf8");
  const client = new s3.S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: {
      accessKeyId: secret("offsite-reader.key"),
      secretAccessKey: secret("offsite-reader.secret"),
    },
    requestHandler: {
      httpsAgent: new Agent({ ca: readFileSync(layout.caCertificate) }),
      requestTimeout: 60_000,
    },
  });
  return {
    /** Null where there is none. */
    async read(Key: string): Promise<string | null> {
      try {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: "holdfast-records", Key }));
        return (await Body?.transformToString()) ?? null;
      } catch (error) {
        if (error instanceof s3.NoSuchKey) return null;
        throw error;
      }
    },
    async names(Prefix: string): Promise<readonly string[]> {
      const { Contents = [] } = await client.send(
        new s3.ListObjectsV2Command({ Bucket: "holdfast-offsite", Prefix }),
      );
      return Contents.map(({ Key = "" }) => Key);
    },
    close: () => client.destroy(),
  };
}
