// The pack `my-rules`: what it holds and needs, and which rule is asked.

import { open } from 'rulebox:rules/inventory@0.1.1';
import { addFinding } from 'rulebox:rules/report@0.1.1';

import * as image from './image-not-from-our-registry.js';

// Crossing into the host costs about as much as reading a few objects.
const BATCH = 256;

/** What the pack holds and needs. It sees no objects. */
export function describe() {
  return {
    name: 'my-rules',
    version: '0.1.0',
    rules: [image.rule],
    objects: [image.pods],
    texts: [],
    metrics: [],
    settingsSchema: JSON.stringify(image.settings),
  };
}

/** Evaluates the rules that are named. What is thrown must be a string: it is the error case of the contract. */
export function evaluate(run) {
  try {
    const settings = JSON.parse(run.settings);
    if (run.rules.includes(image.rule.id)) {
      for (const pod of objects(image.pods.id)) {
        image.judge(pod, settings).forEach((finding) => addFinding(finding));
      }
    }
  } catch (error) {
    throw `${error}\n${error?.stack ?? ''}`.trim();
  }
}

/** The objects of one need, each with the fields asked for. */
function* objects(need) {
  const cursor = open(need);
  for (let batch = cursor.next(BATCH); batch.length > 0; batch = cursor.next(BATCH)) {
    yield* batch.map((text) => JSON.parse(text));
  }
}
