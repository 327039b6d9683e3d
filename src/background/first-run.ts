/** The first-run page, opened once: when the add-on was installed by a person, and not when it was updated. */
export interface FirstRunHost {
  readonly runtime: {
    readonly onInstalled: {
      addListener(
        listener: (installed: { readonly reason: string; readonly temporary?: boolean }) => void,
      ): void;
    };
  };
  readonly tabs: { create(tab: { readonly url: string }): Promise<unknown> };
}

const welcomePage = "/pages/welcome/welcome.html";

export function welcomeOnce({ runtime, tabs }: FirstRunHost): void {
  runtime.onInstalled.addListener(({ reason, temporary }) => {
    // A developer loads it ten times a day.
    if (reason === "install" && temporary !== true) void tabs.create({ url: welcomePage });
  });
}
