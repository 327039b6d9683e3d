/**
 * Is an IP address one of the public internet? What is not (RFC 6890 and its registries: private, loopback,
 * link-local, carrier NAT, documentation, multicast …) is never asked for evidence, because a URL in a
 * certificate is a stranger's: it must not reach a router, a printer or a service of this computer.
 */

/** [network, length of its prefix], IANA's IPv4 special-purpose registry and multicast */
const specialV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Of 2000::/3, all that is handed out today, what is a tunnel, documentation or a benchmark. */
const specialV6: readonly (readonly [string, number])[] = [
  // Teredo, ORCHID, benchmarks and more: all of IETF's protocol assignments
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

/** @returns false for whatever is no address at all */
export function isPublicAddress(address: string): boolean {
  const v4 = groupsOfV4(address);
  if (v4 !== null) return isPublicV4(v4);
  const v6 = groupsOfV6(address);
  return v6 !== null && isPublicV6(v6);
}

function isPublicV4(octets: readonly number[]): boolean {
  return !specialV4.some(([network, length]) =>
    hasPrefix(octets, groupsOfV4(network)!, { length, width: 8 }),
  );
}

function isPublicV6(groups: readonly number[]): boolean {
  // RFC 6052 §2.1: where a network has no IPv4, public hosts appear under this prefix.
  if (hasPrefix(groups, groupsOfV6("64:ff9b::")!, { length: 96, width: 16 })) {
    return isPublicV4([groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255]);
  }
  if (!hasPrefix(groups, groupsOfV6("2000::")!, { length: 3, width: 16 })) return false;
  return !specialV6.some(([network, length]) =>
    hasPrefix(groups, groupsOfV6(network)!, { length, width: 16 }),
  );
}

function hasPrefix(
  groups: readonly number[],
  network: readonly number[],
  { length, width }: { readonly length: number; readonly width: number },
): boolean {
  return groups.every((group, index) => {
    const bits = Math.min(width, Math.max(0, length - index * width));
    return group >> (width - bits) === network[index]! >> (width - bits);
  });
}

function groupsOfV4(address: string): readonly number[] | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return null;
  const octets = address.split(".").map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
}

/** An address with a zone ("fe80::1%eth0") is link-local; as none here. */
function groupsOfV6(address: string): readonly number[] | null {
  const [front, back, ...more] = address.toLowerCase().split("::");
  if (front === undefined || more.length > 0) return null;
  const [head, tail] = [hexGroups(front), back === undefined ? [] : hexGroups(back)];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (back === undefined ? missing !== 0 : missing < 1) return null;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function hexGroups(text: string): readonly number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const embedded = groupsOfV4(parts.at(-1)!);
  const hex = embedded === null ? parts : parts.slice(0, -1);
  if (!hex.every((part) => /^[0-9a-f]{1,4}$/.test(part))) return null;
  const groups = hex.map((part) => Number.parseInt(part, 16));
  if (embedded === null) return groups;
  const [a, b, c, d] = embedded as [number, number, number, number];
  return [...groups, (a << 8) | b, (c << 8) | d];
}
