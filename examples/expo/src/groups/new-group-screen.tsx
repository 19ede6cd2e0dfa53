import type { Period } from '@lockin/sdk';
import { useState } from 'react';
import { readNumber } from '../language/read-number';
import { texts } from '../language/texts';
import { lockin, useMutation } from '../lockin';
import type { ScreenProps } from '../navigation';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { Field } from '../ui/field';
import { Screen } from '../ui/screen';
import { ErrorText } from '../ui/text';

const WEEK_MS = 7 * 86_400_000;

/** What is wrong with a field is the API's to say. */
export function NewGroupScreen({ navigation }: ScreenProps<'NewGroup'>) {
  const [name, setName] = useState('');
  const [period, setPeriod] = useState<Period>('daily');
  const [minutes, setMinutes] = useState('60');
  const [weeks, setWeeks] = useState('4');
  const create = useMutation('post', '/api/groups', {
    onSuccess: ({ id, name }) => navigation.replace('Group', { id, name }),
  });
  const onPress = (): void => {
    const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
    const period_target_minutes = readNumber(minutes);
    create.mutate({ body: { name, period, period_target_minutes, timezone, end_at: endAfter(readNumber(weeks)) } });
  };
  return (
    <Screen title={texts.newGroup.title} onBack={() => navigation.goBack()}>
      <Field label={texts.newGroup.name} value={name} onChangeText={setName} maxLength={120} />
      <Choice
        label={texts.newGroup.period}
        options={{ daily: texts.newGroup.daily, weekly: texts.newGroup.weekly }}
        value={period}
        onChange={setPeriod}
      />
      <Field label={texts.newGroup.minutes} value={minutes} onChangeText={setMinutes} inputMode="numeric" />
      <Field label={texts.newGroup.weeks} value={weeks} onChangeText={setWeeks} inputMode="numeric" />
      <ErrorText error={create.error} />
      <Button kind="primary" label={texts.newGroup.create} isBusy={create.isPending} onPress={onPress} />
    </Screen>
  );
}

/** Empty, which the API refuses, if that is no time. */
function endAfter(weeks: number): string {
  const end = new Date(lockin.clock.now() + weeks * WEEK_MS);
  return Number.isNaN(end.getTime()) ? '' : end.toISOString();
}
