/** CHANGELOG.md speaks to users; a build whose version it does not describe stops. */

/** @returns the newest version that the text describes: its first heading `## 1.2.3 …` */
export function topVersion(changelog: string): string {
  const version = /^## (\d+\.\d+\.\d+)\b/m.exec(changelog)?.[1];
  if (!version) throw new Error("CHANGELOG.md has no heading of the form “## 1.2.3”");
  return version;
}

export function requireDescribed(version: string, changelog: string): void {
  const top = topVersion(changelog);
  if (top !== version)
    throw new Error(`package.json says ${version}, but CHANGELOG.md's top version is ${top}`);
}
