import type { CreateGroup, Period } from '@lockin/sdk';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode, SyntheticEvent } from 'react';
import { t } from '../language/language.js';
import { queryOptions, useMutation } from '../lockin.js';
import { Field, useFieldErrors } from './field.js';
import { browserTimeZone, endOfDay, localDate } from './local-day.js';

const FOUR_WEEKS_MS = 28 * 86_400_000;
const POINTERS = ['/name', '/description', '/period', '/period_target_minutes', '/end_at', '/timezone'];

export function CreateGroupForm({ onCreated }: { onCreated: (groupId: string) => void }): ReactNode {
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation('post', '/api/groups', {
    onSuccess: async ({ id }) => {
      // The list of groups contains it before it is opened.
      await queryClient.refetchQueries(queryOptions('get', '/api/me', {}));
      onCreated(id);
    },
  });
  const { form, errorAt, message } = useFieldErrors(error, POINTERS);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (!isPending) mutate({ body: groupOf(new FormData(event.currentTarget)) });
  };

  return (
    <form ref={form} className="card form" aria-labelledby="new-group" onSubmit={submit}>
      <h1 id="new-group">{t.newGroup}</h1>
      <GroupFields errorAt={errorAt} />
      {message && <p role="alert">{message}</p>}
      <button type="submit" className="primary" aria-disabled={isPending}>
        {t.createGroup}
      </button>
    </form>
  );
}

function GroupFields({ errorAt }: { errorAt: (pointer: string) => string | undefined }): ReactNode {
  return (
    <>
      <Field label={t.name} error={errorAt('/name')}>
        {(control) => <input {...control} name="name" required maxLength={120} dir="auto" autoComplete="off" />}
      </Field>
      <Field label={t.description} error={errorAt('/description')}>
        {(control) => <textarea {...control} name="description" maxLength={2000} rows={2} dir="auto" />}
      </Field>
      <Field label={t.period} error={errorAt('/period')}>
        {(control) => (
          <select {...control} name="period" defaultValue="weekly">
            <option value="daily">{t.daily}</option>
            <option value="weekly">{t.weekly}</option>
          </select>
        )}
      </Field>
      <Field label={t.targetMinutes} error={errorAt('/period_target_minutes')}>
        {(control) => (
          <input {...control} name="target" type="number" required min={1} max={10_080} defaultValue={300} />
        )}
      </Field>
      <Field label={t.lastDay} error={errorAt('/end_at')}>
        {(control) => (
          <input {...control} name="end" type="date" required defaultValue={localDate(Date.now() + FOUR_WEEKS_MS)} />
        )}
      </Field>
      <Field label={t.timeZone} error={errorAt('/timezone')}>
        {(control) => <TimeZoneSelect {...control} />}
      </Field>
    </>
  );
}

function TimeZoneSelect(control: object): ReactNode {
  const own = browserTimeZone();
  const zones = [...new Set([own, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort();
  return (
    <select {...control} name="timezone" defaultValue={own}>
      {zones.map((zone) => (
        <option key={zone}>{zone}</option>
      ))}
    </select>
  );
}

function groupOf(data: FormData): CreateGroup {
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
  const timezone = text('timezone');
  return {
    name: text('name'),
    description: text('description'),
    period: text('period') as Period,
    period_target_minutes: Number(text('target')),
    end_at: endOfDay(text('end'), timezone),
    timezone,
  };
}
