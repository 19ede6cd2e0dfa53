import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Home } from './home.js';
import { Chooser } from './sign-in/chooser.js';
import { signedIn, signInAs } from './sign-in/signed-in.js';

export function App(): ReactNode {
  const queryClient = useQueryClient();
  const [email, setEmail] = useState(signedIn);

  const choose = (next: string | null): void => {
    signInAs(next);
    // What one person may see is none of the next one's business.
    queryClient.clear();
    setEmail(next);
  };

  if (email === null) return <Chooser onChoose={choose} />;
  return <Home key={email} onLeave={() => choose(null)} />;
}
