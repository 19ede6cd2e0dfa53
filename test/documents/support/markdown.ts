export interface Heading {
  readonly level: number;
  readonly text: string;
}

/** Markdown without its fenced code blocks. */
export function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)(```|~~~).*?^\1\2/gms, '');
}

export function headingsOf(markdown: string): Heading[] {
  return [...withoutCode(markdown).matchAll(/^(#{1,6}) +(.+?) *$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
}

/** The ids that GitHub gives the headings of a page. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of headingsOf(markdown)) {
    const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = slug;
    for (let nth = 1; anchors.has(anchor); nth++) anchor = `${slug}-${nth}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The targets of links and images, those within code left out. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown).replace(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]: *<?(\S+?)>?(?: .*)?$/gm)];
  return [...inline, ...references].map(([, target = '']) => target);
}

/** The first cells of the rows of all tables. */
export function firstCellsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^\| *((?:\\\||[^|])+?) *\|/gm)].map(([, cell = '']) => cell);
}

/** The files and folders of the project that inline code names. */
export function pathsOf(markdown: string): string[] {
  const paths = /`((?:\.ci|bench|bin|database|docs|examples|local|migrations|sdk|src|test|tools)\/[\w./-]*)`/g;
  return [...withoutCode(markdown).matchAll(paths)].map(([, path = '']) => path);
}

/** All fenced blocks of a language, one after the other. */
export function blocksOf(markdown: string, language: string): string {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, marked]) => marked === language)
    .map(([, , code = '']) => code)
    .join('\n');
}
