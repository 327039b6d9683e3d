/** The few calls of the browser that pages make themselves: which tab they belong to, and opening another. */
interface Tabs {
  query(which: {
    active: true;
    currentWindow: true;
  }): Promise<readonly { readonly id?: number | undefined }[]>;
  create(tab: { url: string }): Promise<unknown>;
}
interface Permissions {
  request(what: { origins: readonly string[] }): Promise<boolean>;
  contains(what: { origins: readonly string[] }): Promise<boolean>;
}
interface Api {
  readonly tabs: unknown;
  readonly permissions: unknown;
}
interface Host {
  readonly browser?: Api;
  readonly chrome?: Api;
}

/** The tab that the popup hangs on; `?tabId=` where the page was opened for a tab by name. */
export async function ownTabId(): Promise<number | null> {
  const named = new URLSearchParams(location.search).get("tabId");
  if (named !== null && /^\d+$/.test(named)) return Number(named);
  const [tab] = await tabs().query({ active: true, currentWindow: true });
  return tab?.id ?? null;
}

/** @param path within the extension */
export async function openPage(path: string): Promise<void> {
  await tabs().create({ url: path });
}

function tabs(): Tabs {
  const host = globalThis as Host;
  return (host.browser ?? host.chrome)?.tabs as Tabs;
}

/**
 * To ask authorities for revocation lists. The browser asks back, and only while a person acts: nothing may
 * be waited for before.
 *
 * @returns may it?
 */
export async function requestNetwork(): Promise<boolean> {
  const host = globalThis as Host;
  const permissions = (host.browser ?? host.chrome)?.permissions as Permissions;
  return permissions.request({ origins: ["http://*/*", "https://*/*"] });
}

/** For one host that the person named; asked for in a click as well. @param url https://host/…, as in the settings */
export async function requestHost(url: string): Promise<boolean> {
  return permissions().request({ origins: [patternFor(url)] });
}

export async function mayAskHost(url: string): Promise<boolean> {
  return permissions().contains({ origins: [patternFor(url)] });
}

/** The browser's patterns know no ports. */
function patternFor(url: string): string {
  const { protocol, hostname } = new URL(url);
  return `${protocol}//${hostname}/*`;
}

function permissions(): Permissions {
  const host = globalThis as Host;
  return (host.browser ?? host.chrome)?.permissions as Permissions;
}
