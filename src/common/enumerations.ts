/** Values that several modules show. */
export const roles = ['owner', 'admin', 'member'] as const;
export const groupStatuses = ['active', 'archived'] as const;

export type Role = (typeof roles)[number];
export type GroupStatus = (typeof groupStatuses)[number];
