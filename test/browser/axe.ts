import axe from 'axe-core';
import type { Page } from 'playwright-core';

interface Finding {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/**
 * What axe finds in the page, and what it cannot decide. At the end of its run it looks its elements up again, which
 * fails if elements came or went meanwhile; then it runs again.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  // A content security policy may forbid a script element, but not evaluation by the debugger.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<Record<string, Finding[]>> } };
    let changeCount = 0;
    const observer = new MutationObserver(() => (changeCount += 1));
    observer.observe(document, { childList: true, subtree: true });
    let countBefore: number;
    let results: Record<string, Finding[]>;
    do {
      countBefore = changeCount;
      results = await axe.run();
    } while (changeCount > countBefore);
    observer.disconnect();
    const { violations = [], incomplete = [] } = results;
    return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
  });
}
