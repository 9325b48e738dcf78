// As tests/lab/site-engine.test.ts, for the examples at AWS: S3 and Route 53 are moto's, the plugins for AWS and Cloudflare
// stand-ins. Does not prove what AWS and Cloudflare say, nor what runs in a pod: the nodes are hollow.
import { afterAll, beforeAll } from "vitest";
import { type HollowCluster, startHollowCluster } from "../lab/support/hollow/cluster.ts";
import { describeSites } from "../lab/support/sites/lives.ts";

let cluster: HollowCluster;
beforeAll(async () => {
  cluster = await startHollowCluster(["primary", "dr"]);
});
afterAll(() => cluster?.stop());

for (const example of ["aws-route53", "aws-cloudflare"]) describeSites(example, () => cluster);
