// `npm test`: the rule without the sandbox. `rulebox rules test` runs the fixtures in it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { judge, word } from '../image-not-from-our-registry.js';

const settings = { registry: 'registry.example.com/' };

function findings(image) {
  const metadata = { name: 'web-0', namespace: 'shop' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'app', image }] } };
  return judge(pod, settings).length;
}

test('an image must begin with the registry', () => {
  assert.equal(findings('registry.example.com/shop/web:3.1'), 0);
  assert.equal(findings('docker.io/library/nginx:1.27'), 1);
  assert.equal(findings('evil.example/registry.example.com/web'), 1);
});

test('a name is one word', () => {
  assert.equal(word('web-0'), 'web-0');
  assert.equal(word('a; reboot'), "'a; reboot'");
  assert.equal(word("it's"), "'it'\\''s'");
});
