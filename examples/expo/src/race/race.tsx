import { texts } from '../language/texts';
import { useRace } from '../lockin';
import { Card } from '../ui/layout';
import { ErrorText, Status, Title } from '../ui/text';
import { Lanes } from './lanes';

export function Race({ groupId }: { groupId: string }) {
  const { race, state, problem } = useRace(groupId);
  return (
    <Card>
      <Title>{texts.race.title}</Title>
      <Status>{texts.race.states[state]}</Status>
      <ErrorText error={problem} />
      {race && <Lanes race={race} />}
    </Card>
  );
}
