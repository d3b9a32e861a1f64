// The pack `org-javascript`: how old the backups of this organisation may get.
//
// The top level runs once, when the pack is built, and its memory is part of the pack: read the clock in functions only.

import { covers, open } from 'rulebox:rules/inventory@0.1.1';
import { addFinding, addSample, undecided } from 'rulebox:rules/report@0.1.1';

const RULE = 'recovery-point-missed';
const METRIC = 'schedule_recovery_point_age_seconds';
const SCHEDULE_NAME = 'velero.io/schedule-name';

// Crossing into the host costs about as much as reading a few objects.
const BATCH = 256;

/** What the pack holds and needs. It sees no objects. */
export function describe() {
  return {
    name: 'org-javascript',
    version: '0.1.0',
    rules: [
      {
        id: RULE,
        severity: 'high',
        summary: 'The newest completed backup of a schedule is older than the recovery point objective',
        documentation: DOCUMENTATION,
        requires: ['schedules', 'backups'],
        consults: [],
      },
    ],
    objects: [
      {
        id: 'schedules',
        group: 'velero.io',
        kind: 'Schedule',
        namespaces: [],
        labelSelector: '',
        fields: ['metadata.creationTimestamp', 'spec.paused', 'status.phase', 'status.validationErrors'],
      },
      {
        id: 'backups',
        group: 'velero.io',
        kind: 'Backup',
        namespaces: [],
        labelSelector: SCHEDULE_NAME,
        fields: [`metadata.labels."${SCHEDULE_NAME}"`, 'status.phase', 'status.startTimestamp'],
      },
    ],
    texts: [],
    metrics: [
      {
        name: METRIC,
        metricType: 'gauge',
        help: 'Time since the start of the newest completed backup of a schedule',
        rule: RULE,
        labels: ['namespace', 'schedule'],
      },
    ],
    settingsSchema: JSON.stringify(SETTINGS),
  };
}

/** Evaluates the named rules. What is thrown must be a string: it is the error case of the contract. */
export function evaluate(run) {
  try {
    if (run.rules.includes(RULE)) {
      recoveryPointMissed(run, JSON.parse(run.settings));
    }
  } catch (error) {
    throw `${error}\n${error?.stack ?? ''}`.trim();
  }
}

const SETTINGS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    recoveryPointHours: {
      description: 'How old the newest completed backup may be. The default is a day, and two hours to make the next.',
      type: 'number',
      exclusiveMinimum: 0,
      default: 26,
    },
  },
};

const DOCUMENTATION = `The newest completed backup of a Velero schedule is older than the recovery point objective: what has changed since
would be lost.

The age counts from the start of the backup, for that is the state it holds. Only \`Completed\` counts, not \`PartiallyFailed\`.
A schedule that is paused is left alone, and one that is younger than the objective has time for its first backup. A dump that
does not tell when it was captured gives no ages, and one that may have been captured later than its newest timestamp gives
ages without an upper bound: where they do not decide, the rule is undecided.

The setting \`recoveryPointHours\` is the objective.

# Example

\`\`\`yaml fires
# as-of: 2026-09-15T12:00:00Z
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: shop-daily, namespace: velero, creationTimestamp: "2026-05-01T00:00:00Z"}
---
apiVersion: velero.io/v1
kind: Backup
metadata:
  name: shop-daily-20260914010000
  namespace: velero
  labels: {velero.io/schedule-name: shop-daily}
status: {phase: Completed, startTimestamp: "2026-09-14T01:00:00Z"}
\`\`\`

\`\`\`yaml quiet
# as-of: 2026-09-15T12:00:00Z
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: shop-daily, namespace: velero, creationTimestamp: "2026-05-01T00:00:00Z"}
---
apiVersion: velero.io/v1
kind: Backup
metadata:
  name: shop-daily-20260915010000
  namespace: velero
  labels: {velero.io/schedule-name: shop-daily}
status: {phase: Completed, startTimestamp: "2026-09-15T01:00:00Z"}
\`\`\`

# Sources

- <https://velero.io/docs/main/api-types/schedule/>
- <https://velero.io/docs/main/api-types/backup/>
`;

function recoveryPointMissed({ earliest, latest }, settings) {
  if (earliest === '') {
    undecided(RULE, 'it is not known when the dump was captured, so neither is the age of a backup');
    return;
  }
  // The backup that is not shown may be the one that is looked for. The host reports `no data`.
  if (covers('backups') !== 'complete') return;

  const limit = settings.recoveryPointHours * 3600;
  const backups = backupsBySchedule();
  for (const schedule of objects('schedules')) {
    if (schedule.spec?.paused) continue;
    const { namespace, name, creationTimestamp } = schedule.metadata;
    const { completed, newest } = backups.get(`${namespace}/${name}`) ?? {};
    // A gauge has one value: it is given where the moment of the run is known exactly.
    if (completed && earliest === latest) {
      addSample({ metric: METRIC, labelValues: [namespace, name], value: secondsSince(completed.status.startTimestamp) });
    }
    const since = completed?.status.startTimestamp ?? creationTimestamp;
    // The clock stands at the earliest moment at which the objects can have been seen.
    const least = secondsSince(since);
    const most = latest === '' ? Infinity : least + (Date.parse(latest) - Date.parse(earliest)) / 1000;
    if (Number.isNaN(least)) {
      undecided(RULE, `Schedule ${namespace}/${name} has no completed backup and does not tell its own age`);
    } else if (least > limit) {
      addFinding(finding(schedule, completed, newest, least, settings.recoveryPointHours));
    } else if (most > limit) {
      undecided(RULE, `Schedule ${namespace}/${name}: how long ago its last backup was is not known (if you know when, type --as-of TIME)`);
    }
  }
}

/** By `namespace/schedule`: the newest backup that is completed, and the newest of all. */
function backupsBySchedule() {
  const found = new Map();
  for (const backup of objects('backups')) {
    // It has not started, or tells no time that can be read: it proves no recovery point.
    if (Number.isNaN(secondsSince(backup.status?.startTimestamp))) continue;
    const { namespace, labels } = backup.metadata;
    const key = `${namespace}/${labels[SCHEDULE_NAME]}`;
    const { completed, newest } = found.get(key) ?? {};
    found.set(key, {
      completed: backup.status.phase === 'Completed' ? newer(completed, backup) : completed,
      newest: newer(newest, backup),
    });
  }
  return found;
}

function newer(one, other) {
  return one && secondsSince(one.status.startTimestamp) <= secondsSince(other.status.startTimestamp) ? one : other;
}

function finding(schedule, completed, newest, age, recoveryPointHours) {
  const { namespace, name } = schedule.metadata;
  const evidence = completed
    ? [
        seen(completed, 'status.phase', completed.status.phase),
        seen(completed, 'status.startTimestamp', completed.status.startTimestamp),
      ]
    : [seen(schedule, 'metadata.creationTimestamp', schedule.metadata.creationTimestamp)];
  const remedy = [];
  let cause = 'Velero has started no newer backup of it';
  if (schedule.status?.phase === 'FailedValidation') {
    const errors = [schedule.status.validationErrors ?? 'it does not say why'].flat();
    cause = `Velero does not accept the schedule: ${errors.join('; ')}`;
    evidence.push(seen(schedule, 'status.phase', schedule.status.phase));
    remedy.push('Correct the schedule:', `  kubectl -n ${word(namespace)} edit schedules.velero.io ${word(name)}`);
  } else if (newest && newest !== completed) {
    cause = `its newest backup, ${newest.metadata.name}, is ${newest.status.phase}`;
    evidence.push(seen(newest, 'status.phase', newest.status.phase));
    remedy.push(
      'Find out why the newest backup is not completed:',
      `  velero -n ${word(namespace)} backup describe ${word(newest.metadata.name)} --details`,
    );
  }
  remedy.push('Make a backup now:', `  velero -n ${word(namespace)} backup create --from-schedule ${word(name)}`);
  return {
    rule: RULE,
    severity: 'high',
    subject: reference(schedule),
    summary: completed
      ? `the newest completed backup is ${hours(age)} hours old, more than the ${recoveryPointHours} that are allowed`
      : `there is no completed backup, ${hours(age)} hours after the schedule was made`,
    cause,
    remedy: remedy.join('\n'),
    evidence,
    labels: [],
    causedBy: [],
  };
}

/** The objects of one need, each with the fields asked for. */
function* objects(need) {
  const cursor = open(need);
  for (let batch = cursor.next(BATCH); batch.length > 0; batch = cursor.next(BATCH)) {
    yield* batch.map((text) => JSON.parse(text));
  }
}

/** The least: the clock stands still at the earliest moment of the run. NaN where the time cannot be read. */
function secondsSince(timestamp) {
  return (Date.now() - Date.parse(timestamp)) / 1000;
}

/** Whole hours: a rounded up age would not be true yet. */
function hours(seconds) {
  return Math.floor(seconds / 3600);
}

function seen(object, path, value) {
  return { subject: reference(object), path, value };
}

function reference({ apiVersion, kind, metadata }) {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid ?? '' };
}

/** One word for a shell. Anybody may have written the names in a dump. */
function word(text) {
  if (/^[A-Za-z0-9_.\/:@%+=,][A-Za-z0-9_.\/:@%+=,-]*$/.test(text)) return text;
  return `'${text.replace(/[\x00-\x1f\x7f-\x9f]|^-/g, '?').replaceAll("'", "'\\''")}'`;
}
