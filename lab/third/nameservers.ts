import { objectsHost, operatorAddress, ports, sinkHost, thirdAddresses, zone } from "../net/addresses.ts";

/** ns1 takes changes over its HTTP API and tells ns2, which fetches the zone. */
export type Nameserver = "ns1" | "ns2";

export function databaseOf(server: Nameserver): string {
  return `/var/lib/powerdns/${server}/zones.db`;
}

export function renderNameserver(server: Nameserver, apiKey: string): string {
  const own = thirdAddresses[server];
  const common = {
    launch: "gsqlite3",
    "gsqlite3-database": databaseOf(server),
    "gsqlite3-pragma-synchronous": "0",
    "local-address": own,
    "local-port": "53",
    // The other server knows this one by the address that its messages come from.
    "query-local-address": own,
    "socket-dir": "/run",
    "enable-lua-records": "yes",
    // A change is served at once, and its answer is new each time: weights are drawn for every question.
    "cache-ttl": "0",
    "query-cache-ttl": "0",
    "negquery-cache-ttl": "0",
    "zone-cache-refresh-interval": "0",
    "xfr-cycle-interval": "1",
    "receiver-threads": "1",
    "distributor-threads": "1",
    // Empty: it would look its own version up outside.
    "security-poll-suffix": "",
    "write-pid": "no",
    "disable-syslog": "yes",
    loglevel: "4",
  };
  const role =
    server === "ns1"
      ? {
          primary: "yes",
          "allow-axfr-ips": thirdAddresses.ns2,
          "only-notify": thirdAddresses.ns2,
          api: "yes",
          "api-key": apiKey,
          webserver: "yes",
          "webserver-address": own,
          "webserver-port": String(ports.nameserverApi),
          // The place itself too, whose own packets come from its first address: on the day without anything else
          // somebody promotes from here.
          "webserver-allow-from": [operatorAddress, ...Object.values(thirdAddresses)].join(),
        }
      : { secondary: "yes", "disable-axfr": "yes", "allow-notify-from": thirdAddresses.ns1 };
  return Object.entries({ ...common, ...role })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** The zone before anyone changes it. Short times: a lab's change is waited for. */
export function renderZone(server: Nameserver): string {
  if (server === "ns2") {
    return `INSERT INTO domains (name, type, master) VALUES ('${zone}', 'SLAVE', '${thirdAddresses.ns1}');\n`;
  }
  const records: readonly (readonly [string, string, string, number])[] = [
    [zone, "SOA", `ns1.${zone} hostmaster.${zone} 1 5 2 86400 5`, 60],
    [zone, "NS", `ns1.${zone}`, 60],
    [zone, "NS", `ns2.${zone}`, 60],
    [`ns1.${zone}`, "A", thirdAddresses.ns1, 60],
    [`ns2.${zone}`, "A", thirdAddresses.ns2, 60],
    [objectsHost, "A", thirdAddresses.objects, 60],
    [sinkHost, "A", thirdAddresses.sink, 60],
  ];
  return [
    `INSERT INTO domains (name, type) VALUES ('${zone}', 'MASTER');`,
    // Each change over the API counts the serial up, or ns2 would never hear of it.
    "INSERT INTO domainmetadata (domain_id, kind, content) VALUES (1, 'SOA-EDIT-API', 'INCREASE');",
    ...records.map(
      ([name, type, content, ttl]) =>
        `INSERT INTO records (domain_id, name, type, content, ttl, auth) VALUES (1, '${name}', '${type}', '${content}', ${ttl}, 1);`,
    ),
    "",
  ].join("\n");
}

/** A database that is whole or not there, then the server. */
export function nameserverPart(server: Nameserver): string {
  const database = databaseOf(server);
  return `if [ ! -e ${database} ]; then
  rm -f ${database}.new
  cat /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql /etc/holdfast/${server}/zone.sql |
    sqlite3 -bail ${database}.new
  mv ${database}.new ${database}
fi
exec pdns_server --config-dir=/etc/holdfast/${server} --config-name=${server}
`;
}
