import { type ReactNode, useState } from 'react';

const COLOURS = 8;

interface AvatarProps {
  name: string | null;
  url: string | null;
}

/** The name always stands beside it, so there is nothing here to read aloud. */
export function Avatar({ name, url }: AvatarProps): ReactNode {
  const [broken, setBroken] = useState<string>();

  if (url !== null && url !== broken) {
    return <img className="avatar" src={url} alt="" onError={() => setBroken(url)} />;
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

/** As a reader counts letters: some consist of several characters. */
function firstLetter(word: string): string {
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment.toLocaleUpperCase() ?? '?';
}

/** The same for a person everywhere. */
function colourOf(name: string): number {
  return Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 0) % COLOURS;
}
