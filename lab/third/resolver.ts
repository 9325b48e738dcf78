import { labRange, thirdAddresses, zone } from "../net/addresses.ts";

/**
 * The caching resolver that clients ask: knows our zone, answers "no such name" to
 * everything else at once (there is no outside to ask), and keeps no answer longer
 * than its TTL says.
 */
export function renderResolver(): string {
  return `server:
  interface: ${thirdAddresses.resolver}
  outgoing-interface: ${thirdAddresses.resolver}
  access-control: ${labRange} allow
  do-ip6: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "/run"
  pidfile: ""
  use-syslog: no
  logfile: ""
  module-config: "iterator"
  num-threads: 1
  msg-cache-size: 4m
  rrset-cache-size: 8m
  cache-max-negative-ttl: 5
  qname-minimisation: no
  hide-identity: yes
  hide-version: yes
  # A name server that was away is asked again soon, not after the usual quarter of an hour.
  infra-host-ttl: 5
  infra-keep-probing: yes
  local-zone: "." static
  local-zone: "${zone}." transparent
  local-zone: "localhost." nodefault
stub-zone:
  name: "${zone}."
  stub-addr: ${thirdAddresses.ns1}
  stub-addr: ${thirdAddresses.ns2}
  stub-prime: no
remote-control:
  control-enable: no
`;
}

export const resolverPart = "exec unbound -d -c /etc/holdfast/unbound.conf\n";
