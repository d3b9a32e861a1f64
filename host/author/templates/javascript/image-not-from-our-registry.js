// The rule `image-not-from-our-registry`: its description, what it reads, and what it finds. It names nothing of
// the host, so that its test runs in Node.js.

/** What a user may set, as a JSON Schema. Each setting has a default. */
export const settings = {
  type: 'object',
  additionalProperties: false,
  properties: {
    registry: {
      type: 'string',
      default: 'registry.example.com/',
      description: 'What the name of an image must begin with.',
    },
  },
};

/** The objects that the rule reads, and the only fields of them that it is given. */
export const pods = {
  id: 'pods',
  group: '',
  kind: 'Pod',
  namespaces: [],
  labelSelector: '',
  fields: ['spec.containers[].name', 'spec.containers[].image'],
};

/** The rule, as `rulebox rules explain` shows it. */
export const rule = {
  id: 'image-not-from-our-registry',
  severity: 'high',
  summary: 'An image does not come from our registry',
  documentation: `A container runs an image that does not come from our registry: nobody has scanned it, and it is gone when its owner
removes it.

**Fires** on each container whose image does not begin with the setting \`registry\`. Init containers are not looked at.

# Example

\`\`\`yaml fires
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
spec:
  containers:
  - {name: app, image: docker.io/library/nginx:1.27}
\`\`\`

\`\`\`yaml quiet
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
spec:
  containers:
  - {name: app, image: registry.example.com/shop/web:3.1}
\`\`\`
`,
  // Without pods it cannot judge: the host then says `no data`.
  requires: [pods.id],
  consults: [],
};

/** What is wrong with a pod. */
export function judge(pod, { registry }) {
  const { apiVersion, kind, metadata, spec } = pod;
  const { name, namespace = '', uid = '' } = metadata;
  return (spec?.containers ?? []).flatMap((container, nth) => {
    const image = container.image ?? '';
    if (image.startsWith(registry)) return [];
    return {
      rule: rule.id,
      severity: rule.severity,
      subject: { apiVersion, kind, namespace, name, uid },
      summary: `the container ${container.name} runs ${image}, which is not from our registry`,
      cause: `its name does not begin with ${registry}`,
      // A step that is indented is a command.
      remedy:
        'Push the image to our registry, and name it there in what made the pod:\n' +
        `  kubectl -n ${word(namespace)} get pod ${word(name)} -o jsonpath={.metadata.ownerReferences}`,
      evidence: [{ path: `spec.containers[${nth}].image`, value: image }],
      labels: [['container', container.name]],
      causedBy: [],
    };
  });
}

/** One word for a shell. Anybody may have written the names in a dump. */
export function word(text) {
  if (/^[A-Za-z0-9_.\/:@%+,][A-Za-z0-9_.\/:@%+,-]*$/.test(text)) return text;
  return `'${text.replace(/[\x00-\x1f\x7f-\x9f]|^-+/g, '?').replaceAll("'", "'\\''")}'`;
}
