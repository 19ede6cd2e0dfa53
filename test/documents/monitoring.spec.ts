import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { useApi } from '../support/api.js';
import { createGroup, createRunningSession } from '../support/factories.js';
import { nextTick } from '../support/focus.js';
import { anchorsOf } from './support/markdown.js';
import { groupedBy, labelsIn, metricsIn } from './support/promql.js';
import { textOf } from './support/tree.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly action: string; readonly runbook: string };
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }[];
}

const OPERATIONS = 'docs/operations.md';

const alerts = (parse(textOf('deploy/monitoring/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const panels = (JSON.parse(textOf('deploy/monitoring/dashboard.json')) as Dashboard).panels;
const queries = [
  ...alerts.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr])),
];

/** What Prometheus adds: to every series, and as a series for each process. */
const LABELS_OF_PROMETHEUS = ['job', 'instance'];
const SERIES_OF_PROMETHEUS = ['up'];
/** `prom-client` has these where there is a `/proc`. */
const LINUX_ONLY = ['process_open_fds', 'process_max_fds', 'process_resident_memory_bytes'];

const api = useApi({ METRICS_ENABLED: 'true' });
/** The labels of each series at /metrics. */
const exposed = new Map<string, Set<string>>();

beforeAll(async () => {
  const ana = await api.person('Ana');
  await createRunningSession(ana, await createGroup(ana), 60);
  await nextTick(api);
  const text = await (await fetch(`${api.url}/metrics`)).text();
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? /gm)) {
    const known = exposed.get(name) ?? new Set(LABELS_OF_PROMETHEUS);
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    exposed.set(name, known);
  }
  for (const name of SERIES_OF_PROMETHEUS) exposed.set(name, new Set(LABELS_OF_PROMETHEUS));
  if (process.platform !== 'linux') for (const name of LINUX_ONLY) exposed.set(name, new Set(LABELS_OF_PROMETHEUS));
});

describe('deploy/monitoring', () => {
  it.each(queries)('%s asks for series that /metrics has', (_, query) => {
    const names = metricsIn(query);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !exposed.has(name))).toEqual([]);
    const labels = names.flatMap((name) => [...(exposed.get(name) ?? [])]);
    expect(groupedBy(query).filter((label) => !labels.includes(label))).toEqual([]);
    for (const [name, label] of labelsIn(query))
      expect([name, label, exposed.get(name)?.has(label)]).toEqual([name, label, true]);
  });

  it('shows every metric of the API', () => {
    const shown = queries.flatMap(([, query]) => metricsIn(query)).map(withoutPart);
    const own = [...exposed.keys()].filter((name) => /^(lockin|http)_/.test(name)).map(withoutPart);
    expect(new Set(own).size).toBeGreaterThan(10);
    expect(own.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it('leaves the choice of the data source to a variable', () => {
    const sources = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
    expect(new Set(sources)).toEqual(new Set(['${datasource}']));
  });
});

describe(OPERATIONS, () => {
  it('explains every alert', () => {
    const anchors = anchorsOf(textOf(OPERATIONS));
    for (const { alert, annotations } of alerts) {
      const { summary, action, runbook } = annotations;
      expect(runbook).toBe(`${OPERATIONS}#${alert.toLowerCase()}`);
      expect([alert, anchors.has(alert.toLowerCase())]).toEqual([alert, true]);
      for (const sentence of [summary, action]) expect(sentence).toMatch(/\.$/);
    }
  });

  it('lists every metric of the API', () => {
    const listed = [...textOf(OPERATIONS).matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    const own = [...exposed.keys()].filter((name) => /^(lockin|http)_/.test(name)).map(withoutPart);
    expect(listed.sort()).toEqual([...new Set(own)].sort());
  });
});

/** The metric of a histogram's series. */
function withoutPart(series: string): string {
  return series.replace(/_(bucket|sum|count)$/, '');
}
