export interface Person {
  name: string;
  email: string;
}

/** What the local stack says about signing in: nobody has to type the demo people's password. */
interface SignIn {
  tokenUrl: string;
  password: string;
  people: Person[];
}

/** Of this tab alone, so that two windows can be two people. The token itself is never kept. */
const KEPT = 'lockin.race.person';

let signIn: Promise<SignIn> | undefined;
let token: Promise<string> | undefined;

export async function demoPeople(): Promise<Person[]> {
  return (await signingIn()).people;
}

export function signedIn(): string | null {
  return sessionStorage.getItem(KEPT);
}

export function signInAs(email: string | null): void {
  token = undefined;
  if (email === null) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, email);
}

export async function currentToken({ refresh }: { refresh: boolean }): Promise<string | null> {
  const email = signedIn();
  if (email === null) return null;
  if (refresh) token = undefined;
  const asked = (token ??= askForToken(email));
  // A failure is not kept: the next request tries again.
  asked.catch(() => token === asked && (token = undefined));
  return asked;
}

async function askForToken(username: string): Promise<string> {
  const { tokenUrl, password } = await signingIn();
  const response = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username, password }),
  });
  if (!response.ok) throw new Error(`Nobody can sign in as ${username} here.`);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function signingIn(): Promise<SignIn> {
  signIn ??= fetch('/local/people').then((response) => response.json() as Promise<SignIn>);
  try {
    return await signIn;
  } catch (error) {
    signIn = undefined;
    throw error;
  }
}
