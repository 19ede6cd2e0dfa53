type Labels = Record<string, string>;

/** The value of a series at /metrics; NaN if there is none. */
export async function metricOf(url: string, name: string, labels: Labels = {}): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split('\n')
    .find((each) => /^\w+/.exec(each)?.[0] === name && wanted.every((label) => each.includes(label)));
  return Number(line?.split(' ').at(-1) ?? NaN);
}

/** Runs `work`; returns by how much a series has grown meanwhile. */
export async function growth(url: string, name: string, labels: Labels, work: () => Promise<unknown>): Promise<number> {
  const before = await metricOf(url, name, labels);
  await work();
  return (await metricOf(url, name, labels)) - (Number.isNaN(before) ? 0 : before);
}
