import { type ReactNode, useState } from 'react';
import { t } from '../language/language.js';

/** A longer text is folded to two lines. */
const SHORT = 120;

export function Description({ text }: { text: string }): ReactNode {
  const [isOpen, setIsOpen] = useState(false);
  const isLong = text.length > SHORT || text.includes('\n');
  return (
    <div className="description">
      <p dir="auto" data-folded={isLong && !isOpen}>
        {text}
      </p>
      {isLong && (
        <button type="button" className="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? t.showLess : t.showMore}
        </button>
      )}
    </div>
  );
}
