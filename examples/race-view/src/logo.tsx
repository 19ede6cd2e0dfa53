import type { ReactNode } from 'react';

export function Logo(): ReactNode {
  return (
    <p className="logo">
      <svg viewBox="0 0 28 28" aria-hidden="true">
        <path d="M2 10h24M2 18h24" />
        <circle cx="16" cy="14" r="7" />
        <path d="M16 10.5V14l2.6 1.9" />
      </svg>
      <span>LockIN</span>
    </p>
  );
}
