/** Asking about withdrawn certificates in Firefox, the permission by a click: `npm run build` makes what is loaded here. */
import { openFirefox } from "../../helpers/browsers/driven.js";
import { tellEvidenceStory } from "../../helpers/browsers/evidence-story.js";

tellEvidenceStory({
  // Firefox's own tests answer the browser's question so; the click before it is real.
  launch: () => openFirefox(undefined, { "extensions.webextOptionalPermissionPrompts": false }),
  permission: "click",
});
