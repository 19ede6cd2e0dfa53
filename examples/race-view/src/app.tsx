import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Home } from './home.js';
import { signedInEmail, signInAs } from './sign-in/demo-sign-in.js';
import { PersonPicker } from './sign-in/person-picker.js';
import { closeQueue, queueOf, UserQueueProvider } from './user-queue.js';

export function App(): ReactNode {
  const queryClient = useQueryClient();
  const [email, setEmail] = useState(signedInEmail);

  const signIn = (next: string | null): void => {
    closeQueue();
    signInAs(next);
    // The cache holds what the previous person may see.
    queryClient.clear();
    setEmail(next);
  };

  if (email === null) return <PersonPicker onPick={signIn} />;
  return (
    <UserQueueProvider value={queueOf(email, queryClient)}>
      <Home key={email} onSignOut={() => signIn(null)} />
    </UserQueueProvider>
  );
}
