import type { UserSummary } from '@lockin/sdk';
import { useMutation as useAnyMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { displayName } from '../display-name.js';
import { isolate } from '../language/isolate.js';
import { t } from '../language/language.js';
import { queryOptions, useMutation } from '../lockin.js';
import { Field, useFieldErrors } from './field.js';

/** All that may go wrong is about the address, so it is shown there. */
export function InviteForm({ groupId }: { groupId: string }): ReactNode {
  const [email, setEmail] = useState('');
  const { mutate, isPending, error, data } = useInvite(groupId);
  const { form, errorAt, message } = useFieldErrors(error, ['?email']);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!isPending) mutate(email, { onSuccess: () => setEmail('') });
  };

  return (
    <form ref={form} className="form" noValidate onSubmit={submit}>
      <Field label={t.inviteByEmail} error={errorAt('?email') ?? message}>
        {(control) => (
          <input
            {...control}
            type="email"
            autoComplete="off"
            dir="ltr"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <button type="submit" aria-disabled={isPending}>
        {t.invite}
      </button>
      <p role="status">{data && t.invited(isolate(displayName(data)))}</p>
    </form>
  );
}

/** Looks the address up, then invites the user. */
function useInvite(groupId: string): UseMutationResult<UserSummary, Error, string> {
  const queryClient = useQueryClient();
  const invite = useMutation('post', '/api/groups/{id}:invite');
  return useAnyMutation({
    retry: false,
    mutationFn: async (email) => {
      const user = await queryClient.query(
        queryOptions('get', '/api/profiles/lookup', { params: { query: { email } } }),
      );
      await invite.mutateAsync({ params: { path: { id: groupId } }, body: { recipient_id: user.id } });
      return user;
    },
  });
}
