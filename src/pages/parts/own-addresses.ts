/** Whom the mail client already knows as its owner: every identity and alias of every account. None in a browser. */
interface Account {
  readonly identities: readonly { readonly email: string; readonly name: string }[];
}
interface Host {
  readonly browser?: {
    readonly accounts?: { list(includeFolders: boolean): Promise<readonly Account[]> };
  };
}

export interface OwnAddresses {
  readonly name: string | null;
  /** the default identity's first */
  readonly addresses: readonly string[];
}

/** The one that this page was opened for, from the settings: it has no certificate yet. */
export function namedAddress(): string | null {
  return new URLSearchParams(location.search).get("address");
}

export async function ownAddresses(): Promise<OwnAddresses> {
  const accounts = (await (globalThis as Host).browser?.accounts?.list(false)) ?? [];
  const identities = accounts.flatMap((account) => account.identities);
  const addresses = identities.map(({ email }) => email).filter((email) => email !== "");
  const name = identities.map((identity) => identity.name).find((one) => one !== "") ?? null;
  return { name, addresses: [...new Set(addresses)] };
}
