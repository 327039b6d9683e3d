/** The engine in a worker of Firefox's event page: `npm run build` makes what is loaded here. */
import { openFirefox } from "../../helpers/browsers/driven.js";
import { tellWorkerStory } from "../../helpers/browsers/worker-story.js";

tellWorkerStory(openFirefox);
