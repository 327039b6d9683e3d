/**
 * A Thunderbird profile as data: people become accounts (IMAP and SMTP on loopback) with one or several
 * identities, plus Local Folders. Nothing in it talks to the world: no update, telemetry, first-run page.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Preferences = Readonly<Record<string, string | number | boolean>>;

export interface Person {
  readonly name: string;
  /** its local part is the IMAP user */
  readonly address: string;
  /** further identities of the same account */
  readonly aliases?: readonly { readonly name: string; readonly address: string }[];
  /** compose in HTML; default true */
  readonly html?: boolean;
}

export const alice: Person = { name: "Alice Example", address: "alice@example.test" };
export const bob: Person = { name: "Bob Example", address: "bob@example.test" };

export interface ProfileOptions {
  readonly people: readonly Person[];
  readonly imapPort: number;
  readonly smtpPort: number;
  readonly marionettePort: number;
  readonly preferences: Preferences;
}

export function makeProfile(folder: string, options: ProfileOptions): void {
  mkdirSync(folder, { recursive: true });
  const all = {
    ...quiet,
    ...accountPreferences(options),
    "marionette.port": options.marionettePort,
    ...options.preferences,
  };
  const lines = Object.entries(all).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(folder, "user.js"), `${lines.join("\n")}\n`);
}

export function userOf(person: Person): string {
  return person.address.slice(0, person.address.lastIndexOf("@")).toLowerCase();
}

const quiet: Preferences = {
  "app.update.enabled": false,
  "app.donation.eoy.version.viewed": 999,
  "app.normandy.enabled": false,
  "browser.dom.window.dump.enabled": true,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "calendar.integration.notify": false,
  "calendar.timezone.local": "UTC",
  "datareporting.healthreport.uploadEnabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
  "devtools.console.stdout.chrome": true,
  "extensions.autoDisableScopes": 0,
  "extensions.background.idle.timeout": 300000,
  "extensions.blocklist.enabled": false,
  "extensions.enabledScopes": 5,
  "extensions.experiments.enabled": true,
  "extensions.getAddons.cache.enabled": false,
  "extensions.installDistroAddons": false,
  "extensions.systemAddon.update.enabled": false,
  "extensions.update.enabled": false,
  "geo.provider.testing": true,
  "mail.biff.play_sound": false,
  "mail.biff.show_alert": false,
  "mail.chat.enabled": false,
  "mail.compose.attachment_reminder": false,
  "mail.compose.warn_public_recipients.threshold": 99999,
  "mail.inappnotifications.enabled": false,
  "mail.inappnotifications.url": "",
  "mail.prompt_purge_threshhold": false,
  "mail.provider.suppress_dialog_on_startup": true,
  "mail.rights.version": 1,
  "mail.shell.checkDefaultClient": false,
  "mail.spotlight.firstRunDone": true,
  "mail.SpellCheckBeforeSend": false,
  "mail.warn_on_send_accel_key": false,
  "mail.winsearch.firstRunDone": true,
  "mailnews.mark_message_read.auto": true,
  "mailnews.start_page.enabled": false,
  "mailnews.start_page.override_url": "about:blank",
  "mailnews.start_page.url": "about:blank",
  "mailnews.start_page_override.mstone": "ignore",
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.startup.max_resumed_crashes": -1,
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.server": "",
  "toolkit.telemetry.unified": false,
  "widget.non-native-theme.enabled": true,
  "xpinstall.signatures.required": false,
};

function accountPreferences(options: ProfileOptions): Preferences {
  const people = options.people;
  const numbers = people.map((_, index) => index + 1);
  const local = people.length + 1;
  let identities = 0;
  const accounts = people.map((person, index) => {
    const own = [person, ...(person.aliases ?? [])].map((identity) => ({
      ...identity,
      key: `id${++identities}`,
    }));
    return {
      [`mail.account.account${index + 1}.identities`]: own.map((identity) => identity.key).join(","),
      [`mail.account.account${index + 1}.server`]: `server${index + 1}`,
      ...serverPreferences(person, `mail.server.server${index + 1}`, options.imapPort),
      ...Object.assign({}, ...own.map((identity) => identityPreferences(person, identity))),
    } as Preferences;
  });
  return {
    "mail.accountmanager.accounts": [...numbers, local].map((n) => `account${n}`).join(","),
    "mail.accountmanager.defaultaccount": "account1",
    "mail.accountmanager.localfoldersserver": `server${local}`,
    [`mail.account.account${local}.server`]: `server${local}`,
    "mail.account.lastKey": local,
    [`mail.server.server${local}.type`]: "none",
    [`mail.server.server${local}.hostname`]: "Local Folders",
    [`mail.server.server${local}.userName`]: "nobody",
    [`mail.server.server${local}.name`]: "Local Folders",
    "mail.smtpservers": "smtp1",
    "mail.smtp.defaultserver": "smtp1",
    "mail.smtpserver.smtp1.type": "smtp",
    "mail.smtpserver.smtp1.hostname": "127.0.0.1",
    "mail.smtpserver.smtp1.port": options.smtpPort,
    "mail.smtpserver.smtp1.try_ssl": 0,
    "mail.smtpserver.smtp1.authMethod": 1,
    "mail.smtpserver.smtp1.username": "",
    ...Object.assign({}, ...accounts),
  } as Preferences;
}

function serverPreferences(person: Person, server: string, port: number): Preferences {
  return {
    [`${server}.type`]: "imap",
    [`${server}.hostname`]: "127.0.0.1",
    [`${server}.port`]: port,
    [`${server}.socketType`]: 0,
    [`${server}.authMethod`]: 3,
    [`${server}.userName`]: userOf(person),
    [`${server}.name`]: person.address,
    [`${server}.check_new_mail`]: false,
    [`${server}.login_at_startup`]: false,
  };
}

interface KeyedIdentity {
  readonly name: string;
  readonly address: string;
  readonly key: string;
}

function identityPreferences(person: Person, identity: KeyedIdentity): Preferences {
  const prefix = `mail.identity.${identity.key}`;
  const folders = `imap://${userOf(person)}@127.0.0.1`;
  return {
    [`${prefix}.fullName`]: identity.name,
    [`${prefix}.useremail`]: identity.address,
    [`${prefix}.smtpServer`]: "smtp1",
    [`${prefix}.valid`]: true,
    [`${prefix}.compose_html`]: person.html ?? true,
    [`${prefix}.fcc_folder`]: `${folders}/Sent`,
    [`${prefix}.fcc_folder_picker_mode`]: "0",
    [`${prefix}.draft_folder`]: `${folders}/Drafts`,
    [`${prefix}.drafts_folder_picker_mode`]: "0",
    [`${prefix}.stationery_folder`]: `${folders}/Templates`,
    [`${prefix}.tmpl_folder_picker_mode`]: "0",
  };
}
