import type { Period } from '@lockin/sdk';
import { useState } from 'react';
import { View } from 'react-native';
import { lockin, useMutation } from '../lockin';
import type { ScreenProps } from '../navigation';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Row, Screen } from '../ui/layout';
import { Body, ErrorText } from '../ui/text';

const WEEK_MS = 7 * 86_400_000;

export function NewGroupScreen({ navigation }: ScreenProps<'NewGroup'>) {
  const [name, setName] = useState('');
  const [period, setPeriod] = useState<Period>('daily');
  const [minutes, setMinutes] = useState('60');
  const [weeks, setWeeks] = useState('4');
  const create = useMutation('post', '/api/groups', {
    onSuccess: ({ id, name }) => navigation.replace('Group', { id, name }),
  });
  const onPress = (): void => {
    const end_at = new Date(lockin.clock.now() + Number(weeks) * WEEK_MS).toISOString();
    const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
    create.mutate({ body: { name, period, period_target_minutes: Number(minutes), timezone, end_at } });
  };
  return (
    <Screen>
      <Field label={texts.newGroup.name} value={name} onChangeText={setName} maxLength={120} />
      <View role="radiogroup" aria-label={texts.newGroup.period}>
        <Body>{texts.newGroup.period}</Body>
        <Row>
          {(['daily', 'weekly'] as const).map((each) => (
            <Button
              key={each}
              label={texts.newGroup[each]}
              selected={period === each}
              onPress={() => setPeriod(each)}
            />
          ))}
        </Row>
      </View>
      <Field label={texts.newGroup.minutes} value={minutes} onChangeText={setMinutes} inputMode="numeric" />
      <Field label={texts.newGroup.weeks} value={weeks} onChangeText={setWeeks} inputMode="numeric" />
      <ErrorText error={create.error} />
      <Button
        kind="primary"
        label={texts.newGroup.create}
        disabled={create.isPending || !isPositive(minutes) || !isPositive(weeks)}
        onPress={onPress}
      />
    </Screen>
  );
}

const isPositive = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text);
