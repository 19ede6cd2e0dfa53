import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Avatar } from '../avatar.js';
import { t } from '../language/language.js';
import { Logo } from '../logo.js';
import { type DemoPerson, fetchDemoPeople } from './demo-sign-in.js';

export function PersonPicker({ onPick }: { onPick: (email: string) => void }): ReactNode {
  const { data: people, error } = useQuery({ queryKey: ['demo people'], queryFn: fetchDemoPeople });

  return (
    <main className="person-picker">
      <Logo />
      <h1>{t.whoRuns}</h1>
      <p>{t.madeUp}</p>
      {error && <p role="alert">{t.apiIsSilent}</p>}
      <ul>
        {people?.map((person) => (
          <li key={person.email}>
            <PersonButton person={person} onClick={() => onPick(person.email)} />
          </li>
        ))}
      </ul>
    </main>
  );
}

function PersonButton({ person, onClick }: { person: DemoPerson; onClick: () => void }): ReactNode {
  return (
    <button type="button" className="person-button" onClick={onClick}>
      <Avatar name={person.name} url={null} />
      <span>
        <strong>
          <bdi>{person.name}</bdi>
        </strong>
        <small dir="ltr">{person.email}</small>
      </span>
    </button>
  );
}
