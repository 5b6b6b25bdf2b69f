// Parses each file that is named with Mermaid's own parser; exits with 1 if it refuses one.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(modules + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { JSDOM } = (await load("jsdom")).default;
globalThis.window = new JSDOM("").window;
globalThis.document = window.document;
const { default: mermaid } = await load("mermaid");

let refused = 0;
for (const file of files) {
  try {
    const { diagramType } = await mermaid.parse(readFileSync(file, "utf8"));
    if (diagramType !== "flowchart-v2") throw new Error(`taken for ${diagramType}`);
  } catch (error) {
    ++refused;
    console.log(`${file}: ${error.message}`);
  }
}
console.log(`${files.length - refused} of ${files.length} accepted`);
process.exit(refused > 0 || files.length === 0 ? 1 : 0);
