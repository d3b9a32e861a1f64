// Makes a component of pack.js: `npm run build`, or `npm run build -- <file>` to put it elsewhere.

import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

import { componentize } from '@bytecodealliance/componentize-js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { component } = await componentize({
  sourcePath: here('pack.js'),
  // The contract. A copy of this folder takes its copy of `rules-wasm/wit` along.
  witPath: here('../../wit'),
  worldName: 'pack',
  // The clock stays, which is the moment of the run, and so do the words of an uncaught error.
  disableFeatures: ['random', 'http', 'fetch-event'],
});
await writeFile(argv[2] ?? here('org-javascript.wasm'), component);
