/** Signet in Firefox, by clicks and keys: `npm run build` makes what is loaded here. */
import { openFirefox } from "../../helpers/browsers/driven.js";
import { tellStory } from "../../helpers/browsers/story.js";

tellStory(openFirefox);
