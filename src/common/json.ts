/** JSON that PostgreSQL has written already: it goes out as it is. `T` says what it holds. */
export type Json<T> = string & { readonly json?: T };
