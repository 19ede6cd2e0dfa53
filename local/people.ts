export interface DemoPerson {
  /** The `sub` of their tokens: fixed, so that a person stays the same when `.local/` is made anew. */
  readonly sub: string;
  readonly name: string;
  readonly email: string;
  readonly maintenance?: boolean;
}

export const DEMO_PASSWORD = 'lockin-demo';

export const ana: DemoPerson = {
  sub: 'a0000000-0000-4000-8000-000000000001',
  name: 'Ana',
  email: 'ana@lockin.example',
};
export const ben: DemoPerson = {
  sub: 'a0000000-0000-4000-8000-000000000002',
  name: 'Ben',
  email: 'ben@lockin.example',
};
export const chloe: DemoPerson = {
  sub: 'a0000000-0000-4000-8000-000000000003',
  name: 'Chloé',
  email: 'chloe@lockin.example',
};
export const dev: DemoPerson = {
  sub: 'a0000000-0000-4000-8000-000000000004',
  name: 'Dev',
  email: 'dev@lockin.example',
};
export const maya: DemoPerson = {
  sub: 'a0000000-0000-4000-8000-000000000005',
  name: 'Maya',
  email: 'maya@lockin.example',
  maintenance: true,
};

export const demoPeople: readonly DemoPerson[] = [ana, ben, chloe, dev, maya];
