import { useState } from 'react';
import { useMutation } from '../lockin';
import { texts } from '../texts';
import { Button } from '../ui/button';
import { Card, Row } from '../ui/layout';
import { Body, ErrorText } from '../ui/text';

export function DeleteAccount({ onDeleted }: { onDeleted: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation('delete', '/api/me', { onSuccess: onDeleted });
  if (!isAsking) return <Button kind="danger" label={texts.profile.delete} onPress={() => setAsking(true)} />;
  return (
    <Card>
      <Body role="alert">{texts.profile.confirm}</Body>
      <ErrorText error={remove.error} />
      <Row>
        <Button
          kind="danger"
          label={texts.profile.confirmDelete}
          disabled={remove.isPending}
          onPress={() => remove.mutate({})}
        />
        <Button label={texts.profile.keep} onPress={() => setAsking(false)} />
      </Row>
    </Card>
  );
}
