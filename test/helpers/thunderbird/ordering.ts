/** A real Thunderbird, a stand-in ACME server, and mail between them over loopback, signed by DKIM or not. */
import { AcmeServer } from "../acme-server.js";
import { type Challenge, challengeMail, challengeSender } from "../acme-post.js";
import { DkimKey, judgedBy } from "../dkim.js";
import { sendMail } from "../send-mail.js";
import type { Page } from "./page.js";
import { alice } from "./profile.js";
import { waitFor } from "./screen.js";
import { type World, startWorld } from "./world.js";

interface Mailing {
  /** are challenges signed by DKIM? */
  isSigned: boolean;
  /** the authority's mail is late: it leaves when a test sends it */
  isHeld: boolean;
  readonly send: (challenge: Challenge) => Promise<void>;
}

export class Ordering {
  readonly world: World;
  readonly acme: AcmeServer;
  readonly mailing: Mailing;

  private constructor(world: World, acme: AcmeServer, mailing: Mailing) {
    this.world = world;
    this.acme = acme;
    this.mailing = mailing;
  }

  /** @param addon archive or folder */
  static async start(addon: string): Promise<Ordering> {
    const dkim = new DkimKey("ca.test");
    const send = async (challenge: Challenge): Promise<void> => {
      const message = challengeMail(challenge, mailing.isSigned ? dkim : null);
      await sendMail(world.mail.smtpPort, { from: challengeSender, to: challenge.address, message });
    };
    const mailing: Mailing = { isSigned: true, isHeld: false, send };
    const acme = await AcmeServer.start(async (challenge) => {
      if (!mailing.isHeld) await send(challenge);
    });
    const world: World = await startWorld({
      addon,
      // Firefox's tests answer the browser's question so; it is counted as a click.
      preferences: { "extensions.webextOptionalPermissionPrompts": false },
      mail: {
        receiving: judgedBy("mx.example.test", dkim),
        arrived: ({ to, message }) => void (to.includes(challengeSender) && acme.receive(message)),
      },
    });
    return new Ordering(world, acme, mailing);
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.acme.stop();
  }

  /** What a person's mail client does every few minutes. */
  async fetchMailUntil(what: string, done: () => Promise<boolean> | boolean): Promise<void> {
    await waitFor(
      what,
      async () => {
        await this.world.refresh(alice);
        return done();
      },
      60_000,
    ).catch(async (error: unknown) => {
      const said = await this.world.addon.page("tab", "/pages/").text("main");
      throw new Error(
        `${String(error)}; ${said.slice(0, 600)}; ${JSON.stringify(this.acme.asked.slice(-5))}`,
      );
    });
  }

  /** The authority's address typed, its terms on the screen. @param id of the form's fields */
  async name(page: Page, id: string): Promise<void> {
    await page.waitFor(`#order-directory-${id}`);
    await (await this.world.mainWindow()).focus();
    await page.click(`#order-directory-${id}`);
    await this.world.screen.type(this.acme.directory);
    await page.click(`#order-ask-${id}`);
    await page.waitFor("#order-begin").catch(async (error: unknown) => {
      const read = `return document.getElementById(args[0])?.value`;
      const typed = await page.run<string>(read, `order-directory-${id}`);
      throw new Error(`${String(error)}; typed ${typed}; ${await page.text("main")}`);
    });
  }
}
