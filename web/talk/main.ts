// The agent's own page: speak with the agent that serves it.
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "../src/styles/tokens.css";
import "../src/styles/base.css";
import "./page.css";
import { applyTheme } from "../src/lib/theme";
import { mountTalk } from "./talk";

const root = document.getElementById("talk");
if (!root) throw new Error("the page has no place for the talk");

applyTheme();
matchMedia("(prefers-color-scheme: light)").addEventListener("change", applyTheme);
mountTalk(root, { agent: location.origin, dashboard: null, traced: false });
