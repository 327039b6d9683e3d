/**
 * One missing primitive: the certificates with a private key in Thunderbird's own store (NSS), listed, and exported
 * as PKCS #12 under a password that the caller chose. README.md says why, and what it stands on.
 */
"use strict";
{
  /** Of the profile: whatever a killed Thunderbird left in it is removed at the next start. */
  const folderName = "signet-export";

  const database = (): Privileged => Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);

  const ownCertificates = (): readonly Privileged[] =>
    [...database().getCerts()].filter(({ certType }) => (certType & Ci.nsIX509Cert.USER_CERT) !== 0);

  const fingerprintOf = (certificate: Privileged): string =>
    String(certificate.sha256Fingerprint).replaceAll(":", "").toLowerCase();

  const folder = (): string => PathUtils.join(PathUtils.profileDir, folderName);

  class SignetNativeCertificates extends ExtensionAPI {
    onStartup(): void {
      void removeFolder();
    }

    getAPI(context: Privileged): object {
      // Pages and content scripts of the add-on can name this API too; only the background is answered.
      if (context.viewType !== "background") return { signetNativeCertificates: {} };
      return {
        signetNativeCertificates: {
          list: async () => ownCertificates().map((one) => String(one.getBase64DERString())),
          pkcs12: async (fingerprints: readonly string[], password: string) => {
            const chosen = ownCertificates().filter((one) => fingerprints.includes(fingerprintOf(one)));
            return chosen.length === 0 ? null : exported(chosen, password);
          },
        },
      };
    }
  }

  async function exported(chosen: readonly Privileged[], password: string): Promise<ArrayBuffer | null> {
    await IOUtils.makeDirectory(folder(), { permissions: 0o700, ignoreExisting: true });
    const path = PathUtils.join(folder(), `${Services.uuid.generateUUID().toString().slice(1, -1)}.p12`);
    const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
    file.initWithPath(path);
    try {
      // 0: done (nsIX509CertDB.Success)
      if (database().exportPKCS12File(file, chosen, password) !== 0) return null;
      const octets = await IOUtils.read(path);
      return octets.buffer;
    } catch (error) {
      console.warn("Signet: Thunderbird's store did not give a certificate", (error as Privileged)?.name);
      return null;
    } finally {
      await removeFolder();
    }
  }

  /** Overwritten first: the file is encrypted, and shall not lie there for longer than it takes. */
  async function removeFolder(): Promise<void> {
    if (!(await IOUtils.exists(folder()))) return;
    for (const path of await IOUtils.getChildren(folder())) {
      const { size } = await IOUtils.stat(path);
      await IOUtils.write(path, new Uint8Array(size));
    }
    await IOUtils.remove(folder(), { recursive: true });
  }

  Object.assign(globalThis, { signetNativeCertificates: SignetNativeCertificates });
}
