import * as holdfast from "../../provider/sdk/index.ts";
import { childOpts } from "../child-opts.ts";
import { type DnsImplementation, placeOf, weightsOf } from "./implementation.ts";

/** A PowerDNS server's zone, through holdfast's own provider. */
export const powerdns: DnsImplementation = {
  makeWeights(parent, name, { plan, after }) {
    const { place, records, ttlSeconds } = weightsOf(plan, "powerdns");
    for (const record of records) {
      new holdfast.WeightedRecord(
        `${name}-${record.logicalName}`,
        {
          zone: place.zone,
          name: record.name,
          ttl: ttlSeconds,
          targets: record.targets.map(({ address, weight }) => ({ address, weight })),
          nameservers: [...place.nameservers],
        },
        childOpts(parent, { dependsOn: after }),
      );
    }
  },

  makeRecord(parent, name, { place, record, after }) {
    const { zone, nameservers } = placeOf(place, "powerdns");
    new holdfast.Record(
      name,
      {
        zone,
        name: record.name,
        type: record.type,
        ttl: record.ttlSeconds,
        values: [...record.values],
        nameservers: [...nameservers],
      },
      childOpts(parent, after === undefined ? {} : { dependsOn: after }),
    );
  },

  makeZone(parent, name, plan) {
    const { nameservers } = placeOf(plan.place, "powerdns");
    const zone = new holdfast.Zone(
      name,
      {
        name: plan.name,
        nameservers: plan.nameservers.map((server) => server.name),
        servers: [...nameservers],
      },
      childOpts(parent),
    );
    for (const record of plan.records) {
      new holdfast.Record(
        `${name}-${record.name}`,
        {
          zone: zone.name,
          name: record.name,
          type: record.type,
          ttl: record.ttlSeconds,
          values: [...record.values],
          nameservers: [...nameservers],
        },
        childOpts(parent),
      );
    }
  },
};
