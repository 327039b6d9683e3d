/** The engine in a worker of Chromium's offscreen document: `npm run build` makes what is loaded here. */
import { openChromium } from "../../helpers/browsers/driven.js";
import { tellWorkerStory } from "../../helpers/browsers/worker-story.js";

tellWorkerStory(openChromium);
