/** The engine on the WebCrypto of Firefox. */
import { engineWorksIn } from "../../helpers/browsers/engine-page.js";

engineWorksIn("firefox");
