import type { Page } from 'playwright-core';

/** What does not fit: content that is cut off or scrolls sideways, and controls of less than 44 pixels. */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const CONTROLS = 'button, a, input, [role="link"], [role="radio"], [role="tab"]';
    const faultOf = (element: HTMLElement): string | undefined => {
      const { left, right, width, height } = element.getBoundingClientRect();
      if (left < -1 || right > innerWidth + 1) return 'outside';
      // A field scrolls its text.
      const isBlock = getComputedStyle(element).display !== 'inline' && !element.matches('input');
      if (isBlock && element.scrollWidth > element.clientWidth + 1) return 'too wide';
      const isClipped = getComputedStyle(element).overflowY === 'hidden';
      if (isClipped && element.scrollHeight > element.clientHeight + 1) return 'cut off';
      if (element.matches(CONTROLS) && (width < 44 || height < 44)) return 'small';
      return undefined;
    };
    return [...document.querySelectorAll<HTMLElement>('body *')]
      .filter((element) => element.checkVisibility())
      .flatMap((element) => {
        const fault = faultOf(element);
        return fault === undefined ? [] : [`${fault}: ${element.outerHTML.slice(0, 200)}`];
      });
  });
}
