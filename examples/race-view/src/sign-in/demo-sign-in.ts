export interface DemoPerson {
  name: string;
  email: string;
}

/** The sign-in of the local stack: all demo people have the same password, so that nobody has to type it. */
interface DemoSignIn {
  tokenUrl: string;
  password: string;
  people: DemoPerson[];
}

/** In sessionStorage, which each tab has of its own: two windows can be two people. Tokens are not stored. */
const STORAGE_KEY = 'lockin.race.person';

let demoSignIn: Promise<DemoSignIn> | undefined;
let token: Promise<string> | undefined;

export async function fetchDemoPeople(): Promise<DemoPerson[]> {
  return (await fetchDemoSignIn()).people;
}

/** The e-mail address of the signed-in person, or null. */
export function signedInEmail(): string | null {
  return sessionStorage.getItem(STORAGE_KEY);
}

/** Null signs out. */
export function signInAs(email: string | null): void {
  token = undefined;
  if (email === null) sessionStorage.removeItem(STORAGE_KEY);
  else sessionStorage.setItem(STORAGE_KEY, email);
}

export async function currentToken({ refresh }: { refresh: boolean }): Promise<string | null> {
  const email = signedInEmail();
  if (email === null) return null;
  if (refresh) token = undefined;
  const current = (token ??= fetchToken(email));
  // A failure is not cached: the next request tries again.
  current.catch(() => token === current && (token = undefined));
  return current;
}

async function fetchToken(username: string): Promise<string> {
  const { tokenUrl, password } = await fetchDemoSignIn();
  const response = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username, password }),
  });
  if (!response.ok) throw new Error(`Could not sign in as ${username}.`);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function fetchDemoSignIn(): Promise<DemoSignIn> {
  demoSignIn ??= fetch('/local/people').then((response) => response.json() as Promise<DemoSignIn>);
  try {
    return await demoSignIn;
  } catch (error) {
    demoSignIn = undefined;
    throw error;
  }
}
