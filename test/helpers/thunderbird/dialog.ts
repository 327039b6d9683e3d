/** Thunderbird's own message boxes (alert, confirm): what they say, and their buttons. */
import { ChromeWindow } from "./page.js";
import { waitFor } from "./screen.js";
import type { World } from "./world.js";

export interface Dialog {
  readonly text: string;
  /** @param button "accept" is OK, "cancel", "extra1" … as Thunderbird names them; default "accept" */
  press(button?: string): Promise<void>;
}

export async function waitForDialog(world: World, patience?: number): Promise<Dialog> {
  const id = await waitFor("a message box of Thunderbird", () => findDialog(world), patience);
  const window = new ChromeWindow(world.thunderbird, world.screen, id);
  const text = await window.run<string>(`return document.getElementById("infoBody").textContent.trim()`);
  return {
    text,
    async press(button = "accept") {
      // Its buttons stand in a shadow root, and sleep for a moment after it opens.
      const box = await waitFor(`the button ${button}`, () =>
        window.run<{ x: number; y: number; width: number; height: number } | null>(
          `const button = document.querySelector("dialog").getButton(args[0]);
           const r = button.getBoundingClientRect();
           if (button.disabled || !r.width) return null;
           return { x: r.x + window.mozInnerScreenX, y: r.y + window.mozInnerScreenY, width: r.width, height: r.height };`,
          button,
        ),
      );
      await world.screen.click(box);
      await waitFor("the message box to close", async () => !(await window.isOpen()));
    },
  };
}

function findDialog(world: World): Promise<number | null> {
  return world.thunderbird.run<number | null>(
    `for (const window of Services.wm.getEnumerator(null)) {
       if (window.location.href.startsWith("chrome://global/content/commonDialog") && window.document.readyState === "complete")
         return window.docShell.outerWindowID;
     }
     return null;`,
  );
}
