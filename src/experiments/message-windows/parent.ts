/**
 * Missing primitives for a message on the screen: show it again; take the add-on's label off its button
 * before the next message shows, for the background may be asleep; hide Thunderbird's own S/MIME label (by a
 * style sheet, so that nothing of Thunderbird's is changed); and remove what a forwarding leaves in the
 * temporary folder. README.md says why.
 */

interface DrawnBadge {
  readonly label: string;
  readonly title: string;
  readonly path: string;
}

const hiddenLabel =
  '@-moz-document url("about:message") { #cryptoBox[tech="S/MIME"] { display: none !important; } }';
const labelSheet = Services.io.newURI(`data:text/css,${encodeURIComponent(hiddenLabel)}`);
const styleSheets = Cc["@mozilla.org/content/style-sheet-service;1"].getService(Ci.nsIStyleSheetService);

/** Where a list of the files below outlives a crash: path and time of change, for another may bear the name by then. */
const leftFilesPreference = "extensions.signet.temporaryFiles";

const { IconDetails, apiManager } = ChromeUtils.importESModule(
  "resource://gre/modules/ExtensionParent.sys.mjs",
).ExtensionParent;

class SignetMessageWindows extends ExtensionAPI {
  private startBadge: object = {};
  private readonly listener = { handleEvent: (event: Privileged) => this.loading(event.target) };
  /** by tab: the message whose header stands there */
  private readonly loaded = new WeakMap<Privileged, Privileged>();
  /** by tab: what the button says as soon as this message's header stands there */
  private readonly waiting = new WeakMap<Privileged, { messageId: number; badge: object }>();

  private readonly temporaryFiles = new TemporaryFiles();

  onStartup(): void {
    this.temporaryFiles.start();
    for (const window of messageWindows())
      if (window.tabOrWindow) this.loaded.set(window.tabOrWindow, window.gMessage);
    apiManager.global.windowTracker.addListener("MsgLoading", this.listener);
  }

  onShutdown(): void {
    apiManager.global.windowTracker.removeListener("MsgLoading", this.listener);
    setNativeLabel("shown");
    this.temporaryFiles.stop();
  }

  /** Before the header of the message is drawn, in the same turn. */
  private loading({ tabOrWindow: tab, gMessage }: Privileged): void {
    if (!tab) return;
    const judged = this.waiting.get(tab);
    this.waiting.delete(tab);
    this.loaded.set(tab, gMessage);
    this.draw(tab, judged && this.idOf(gMessage) === judged.messageId ? judged.badge : this.startBadge);
  }

  private idOf(message: Privileged): number | undefined {
    return message ? this.extension.messageManager.convert(message)?.id : undefined;
  }

  private draw(tab: Privileged, badge: object): void {
    const action = apiManager.global.messageDisplayActionFor(this.extension);
    if (!action) return;
    const data = Object.assign(action.getContextData(tab), badge);
    // At once, and with the next frame again, after what is on its way there.
    for (const window of messageWindows()) {
      const button = window.tabOrWindow === tab && window.document.getElementById(action.id);
      if (button) action.updateButton(button, data, true);
    }
    action.updateOnChange(tab);
  }

  /** A verdict stands only over the message that it is about: never over one that is still on the screen before it. */
  private drawOver(tab: Privileged, messageId: number, badge: object): boolean {
    const isShown = messageWindows().some(
      (window) => window.tabOrWindow === tab && this.idOf(window.gMessage) === messageId,
    );
    if (!isShown) return false;
    if (this.idOf(this.loaded.get(tab)) === messageId) this.draw(tab, badge);
    else this.waiting.set(tab, { messageId, badge });
    return true;
  }

  getAPI(context: Privileged): object {
    // Pages and content scripts of the add-on can name this API too; only the background is answered.
    if (context.viewType !== "background") return { signetMessageWindows: {} };
    const { extension } = context;
    const iconOf = (path: string): object =>
      IconDetails.normalize({ path, iconType: "messageDisplayAction" }, extension, context);
    return {
      signetMessageWindows: {
        reload: async (messageId: number) => {
          for (const window of messageWindows())
            if (this.idOf(window.gMessage) === messageId) window.ReloadMessage();
        },
        setStartBadge: async ({ label, title, path }: DrawnBadge) => {
          this.startBadge = { label, title, icon: iconOf(path) };
        },
        drawBadge: async (tabId: number, messageId: number | null, { label, title, path }: DrawnBadge) => {
          const tab = apiManager.global.tabTracker.getTab(tabId);
          const badge = { label, title, icon: iconOf(path) };
          if (messageId !== null) return this.drawOver(tab, messageId, badge);
          this.waiting.delete(tab);
          this.draw(tab, badge);
          return true;
        },
        setNativeLabel: async (label: "hidden" | "shown") => setNativeLabel(label),
      },
    };
  }
}

/**
 * Forwarding writes each attachment to a file nsmail-*, opened mail's like any other's, and Thunderbird does not
 * always remove it. Here it is emptied when its compose window goes: until then the window sends from it. It is
 * not removed then, for Thunderbird may do so late, by its name, which another forwarding would bear by then.
 */
class TemporaryFiles {
  private readonly files = new Map<Privileged, Set<string>>();
  private readonly ready = { handleEvent: (event: Privileged) => this.note(event.target) };
  private readonly closed = { observe: (window: Privileged) => this.clean(window) };

  start(): void {
    const left: (readonly [string, number])[] = JSON.parse(
      Services.prefs.getStringPref(leftFilesPreference, "[]"),
    );
    // After an update of the add-on, windows may stand open that still need theirs.
    for (const window of Services.wm.getEnumerator("msgcompose")) this.note(window);
    const needed = new Set([...this.files.values()].flatMap((paths) => [...paths]));
    for (const [path, changed] of left)
      if (!needed.has(path) && timeOf(fileAt(path)) === changed) remove(path);
    this.write();
    apiManager.global.windowTracker.addListener("compose-editor-ready", this.ready);
    Services.obs.addObserver(this.closed, "domwindowclosed");
  }

  stop(): void {
    apiManager.global.windowTracker.removeListener("compose-editor-ready", this.ready);
    Services.obs.removeObserver(this.closed, "domwindowclosed");
  }

  private note(window: Privileged): void {
    const paths = temporaryFilesOf(window);
    if (paths.length > 0) this.files.set(window, new Set([...(this.files.get(window) ?? []), ...paths]));
    this.write();
  }

  private clean(window: Privileged): void {
    const paths = this.files.get(window) ?? new Set();
    const known = this.files.delete(window);
    const needed = new Set([...this.files.values()].flatMap((others) => [...others]));
    for (const path of paths) if (!needed.has(path)) empty(path);
    if (known) this.write();
  }

  private write(): void {
    const paths = [...this.files.values()].flatMap((list) => [...list]);
    const list = JSON.stringify(paths.map((path) => [path, timeOf(fileAt(path))]));
    Services.prefs.setStringPref(leftFilesPreference, list);
    Services.prefs.savePrefFile(null);
  }
}

function temporaryFilesOf(window: Privileged): string[] {
  const folder = Services.dirsvc.get("TmpD", Ci.nsIFile);
  const attachments: Privileged[] = [...(window.gMsgCompose?.compFields?.attachments ?? [])];
  return attachments
    .filter(({ url }) => url.startsWith("file:"))
    .map(({ url }) => Services.io.newURI(url).QueryInterface(Ci.nsIFileURL).file)
    .filter((file) => file.parent.equals(folder) && /^nsmail/.test(file.leafName))
    .map((file) => String(file.path));
}

function fileAt(path: string): Privileged {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  return file;
}

function remove(path: string): void {
  const file = fileAt(path);
  try {
    if (file.exists()) file.remove(false);
  } catch (error) {
    console.error("Signet: a temporary file could not be removed", (error as Privileged)?.name);
  }
}

function empty(path: string): void {
  const stream = Cc["@mozilla.org/network/file-output-stream;1"].createInstance(Ci.nsIFileOutputStream);
  try {
    // to write, and to cut what is there; never to create
    if (fileAt(path).exists()) stream.init(fileAt(path), 0x02 | 0x20, 0o600, 0);
    stream.close();
  } catch (error) {
    console.error("Signet: a temporary file could not be emptied", (error as Privileged)?.name);
  }
}

function timeOf(file: Privileged): number | null {
  return file.exists() ? file.lastModifiedTime : null;
}

/** Every about:message, in the three panes, in tabs, and in windows of their own. */
function messageWindows(): Privileged[] {
  const tops: Privileged[] = [
    ...Services.wm.getEnumerator("mail:3pane"),
    ...Services.wm.getEnumerator("mail:messageWindow"),
  ];
  const contexts = tops.flatMap((top) => top.browsingContext.getAllBrowsingContextsInSubtree());
  return contexts
    .filter((context) => context.currentURI?.spec === "about:message")
    .map((context) => context.window);
}

function setNativeLabel(label: "hidden" | "shown"): void {
  const there: boolean = styleSheets.sheetRegistered(labelSheet, styleSheets.USER_SHEET);
  if (label === "hidden" && !there) styleSheets.loadAndRegisterSheet(labelSheet, styleSheets.USER_SHEET);
  if (label === "shown" && there) styleSheets.unregisterSheet(labelSheet, styleSheets.USER_SHEET);
}

Object.assign(globalThis, { signetMessageWindows: SignetMessageWindows });
