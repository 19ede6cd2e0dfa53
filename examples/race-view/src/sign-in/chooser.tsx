import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Avatar } from '../avatar.js';
import { Logo } from '../logo.js';
import { demoPeople, type Person } from './signed-in.js';

export function Chooser({ onChoose }: { onChoose: (email: string) => void }): ReactNode {
  const { data: people, error } = useQuery({ queryKey: ['demo people'], queryFn: demoPeople });

  return (
    <main className="chooser">
      <Logo />
      <h1>Who runs today?</h1>
      <p>Everybody here is made up. Open a second window as somebody else and see each other move.</p>
      {error && <p role="alert">The API does not answer. Start it with npm start, then reload this page.</p>}
      <ul>
        {people?.map((person) => (
          <li key={person.email}>
            <Choice person={person} onChoose={() => onChoose(person.email)} />
          </li>
        ))}
      </ul>
    </main>
  );
}

function Choice({ person, onChoose }: { person: Person; onChoose: () => void }): ReactNode {
  return (
    <button type="button" className="choice" onClick={onChoose}>
      <Avatar name={person.name} url={null} />
      <span>
        <strong>{person.name}</strong>
        <small>{person.email}</small>
      </span>
    </button>
  );
}
