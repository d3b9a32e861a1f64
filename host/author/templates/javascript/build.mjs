// Makes a component of pack.js and of what it imports: `rulebox rules build`, which names the file to write.

import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

import { componentize } from '@bytecodealliance/componentize-js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { component } = await componentize({
  sourcePath: here('pack.js'),
  witPath: here('wit'),
  worldName: 'pack',
  disableFeatures: ['random', 'http', 'fetch-event'],
});
await writeFile(argv[2] ?? here('my-rules.wasm'), component);
