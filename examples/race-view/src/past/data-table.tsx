import type { ReactNode } from 'react';
import { t } from '../language/language.js';

interface DataTableProps {
  caption: string;
  head: string[];
  /** The first cell is the head of its row. */
  rows: string[][];
}

/** What a picture shows, as a table that opens on request. */
export function DataTable({ caption, head, rows }: DataTableProps): ReactNode {
  return (
    <details>
      <summary>{t.asTable}</summary>
      <div className="table" role="group" aria-label={caption} tabIndex={0}>
        <table>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {head.map((text) => (
                <th key={text} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([first, ...rest]) => (
              <tr key={first}>
                <th scope="row">{first}</th>
                {rest.map((text, index) => (
                  <td key={head[index + 1]}>{text}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
