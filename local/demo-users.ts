export interface DemoUser {
  /** The `sub` claim. Fixed, so that it stays the same after `.local/` is deleted. */
  readonly sub: string;
  readonly name: string;
  readonly email: string;
  readonly maintenance?: boolean;
}

export const DEMO_PASSWORD = 'lockin-demo';

export const ana: DemoUser = {
  sub: 'a0000000-0000-4000-8000-000000000001',
  name: 'Ana',
  email: 'ana@lockin.example',
};
export const ben: DemoUser = {
  sub: 'a0000000-0000-4000-8000-000000000002',
  name: 'Ben',
  email: 'ben@lockin.example',
};
export const chloe: DemoUser = {
  sub: 'a0000000-0000-4000-8000-000000000003',
  name: 'Chloé',
  email: 'chloe@lockin.example',
};
export const dev: DemoUser = {
  sub: 'a0000000-0000-4000-8000-000000000004',
  name: 'Dev',
  email: 'dev@lockin.example',
};
export const maya: DemoUser = {
  sub: 'a0000000-0000-4000-8000-000000000005',
  name: 'Maya',
  email: 'maya@lockin.example',
  maintenance: true,
};

export const demoUsers: readonly DemoUser[] = [ana, ben, chloe, dev, maya];
