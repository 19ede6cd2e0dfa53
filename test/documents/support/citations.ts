import { firstCellsOf, headingsOf } from './markdown.js';

/** "specification 4, Limits" cites section 4 and the topic Limits. */
export interface Citation {
  readonly section: string;
  readonly topic?: string;
}

const SECTION = String.raw`\d+(?:\.\d+)?`;
const CITATION = new RegExp(
  String.raw`\bspecification (${SECTION}(?:(?:,| and|, and) ${SECTION})*)(?:, ([A-Z:][^()[\].;"]*))?`,
  'gi',
);

/** Where a comment goes on in the next line. */
const LINE_BREAK = /\s*\n\s*(?:\*(?!\/)|--|\/\/|#)?\s*/g;

export function citationsOf(text: string): Citation[] {
  const plain = text.replace(LINE_BREAK, ' ').replaceAll("''", "'");
  return [...plain.matchAll(CITATION)].flatMap(([, sections = '', topic]) => {
    const cited = sections.match(new RegExp(SECTION, 'g')) ?? [];
    // "specification 6, and its ETag" goes on in prose.
    const named = topic !== undefined && !/^[a-z]/.test(topic) ? { topic: topic.trim() } : {};
    return cited.map((section, nth) => ({ section, ...(nth === cited.length - 1 && named) }));
  });
}

/** The topics of every section: its headings, and what its tables list. */
export function sectionsOf(specification: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  for (const part of specification.split(/^(?=## )/m).slice(1)) {
    const [title, ...headings] = headingsOf(part).map(({ text }) => text);
    const number = /^(\d+)\./.exec(title ?? '')?.[1] ?? '';
    sections.set(number, [...headings, ...firstCellsOf(part)]);
    for (const heading of headings) {
      const subsection = /^(\d+\.\d+) /.exec(heading)?.[1];
      if (subsection !== undefined) sections.set(subsection, [heading]);
    }
  }
  return sections;
}

export function isFound({ section, topic }: Citation, sections: ReadonlyMap<string, readonly string[]>): boolean {
  const topics = sections.get(section);
  if (topics === undefined || topic === undefined) return topics !== undefined;
  return topics.some((each) => each.toLowerCase().includes(topic.toLowerCase()));
}
