/** The engine on the WebCrypto of Chromium. */
import { engineWorksIn } from "../../helpers/browsers/engine-page.js";

engineWorksIn("chromium");
