import { type ReactNode, useState } from 'react';

const COLOUR_COUNT = 8;

interface AvatarProps {
  name: string | null;
  url: string | null;
}

/** Hidden from screen readers, because the name is always shown beside it. */
export function Avatar({ name, url }: AvatarProps): ReactNode {
  const [brokenUrl, setBrokenUrl] = useState<string>();

  if (url !== null && url !== brokenUrl) {
    return <img className="avatar" src={url} alt="" onError={() => setBrokenUrl(url)} />;
  }
  return (
    <span className="avatar" data-colour={colourOf(name ?? '')} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

function initials(name: string | null): string {
  const words = (name ?? '').trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => firstLetter(word ?? '')).join('');
}

/** The first grapheme: a letter may consist of several characters. */
function firstLetter(word: string): string {
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment.toLocaleUpperCase() ?? '?';
}

/** The same colour for the same name. */
function colourOf(name: string): number {
  return Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 0) % COLOUR_COUNT;
}
