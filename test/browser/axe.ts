import axe from 'axe-core';
import type { Page } from 'playwright-core';

interface Finding {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds in the page, and what it cannot decide. */
export async function axeFindings(page: Page): Promise<string[]> {
  // A content security policy may forbid a script element, but not evaluation by the debugger.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<Record<string, Finding[]>> } };
    const { violations = [], incomplete = [] } = await axe.run();
    return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
  });
}
