/** Signet in Chromium, by clicks and keys: `npm run build` makes what is loaded here. */
import { openChromium } from "../../helpers/browsers/driven.js";
import { tellStory } from "../../helpers/browsers/story.js";

tellStory(openChromium);
