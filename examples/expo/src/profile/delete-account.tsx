import { useRef, useState } from 'react';
import { Modal, ScrollView, StyleSheet, type View } from 'react-native';
import { texts } from '../language/texts';
import { useMutation } from '../lockin';
import { Button } from '../ui/button';
import { focusOn } from '../ui/focus';
import { Card } from '../ui/layout';
import { Body, ErrorText, Title } from '../ui/text';
import { useTheme } from '../ui/theme';

/** Deletes the account after a confirmation, which Escape or Android's back button closes. */
export function DeleteAccount({ onDeleted }: { onDeleted: () => void }) {
  const { background } = useTheme();
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation('delete', '/api/me', { onSuccess: onDeleted });
  const keepButton = useRef<View>(null);
  const close = (): void => setAsking(false);
  const { confirmTitle } = texts.profile;
  return (
    <>
      <Button kind="danger" label={texts.profile.delete} onPress={() => setAsking(true)} />
      <Modal visible={isAsking} onShow={() => focusOn(keepButton)} onRequestClose={close} aria-label={confirmTitle}>
        <ScrollView style={{ backgroundColor: background }} contentContainerStyle={styles.content}>
          <Card>
            <Title>{confirmTitle}</Title>
            <Body>{texts.profile.confirm}</Body>
            <ErrorText error={remove.error} />
            <Button ref={keepButton} label={texts.profile.keep} onPress={close} />
            <Button
              kind="danger"
              label={texts.profile.confirmDelete}
              isBusy={remove.isPending}
              onPress={() => remove.mutate({})}
            />
          </Card>
        </ScrollView>
      </Modal>
    </>
  );
}

const styles = StyleSheet.create({
  content: { flexGrow: 1, width: '100%', maxWidth: 640, alignSelf: 'center', justifyContent: 'center', padding: 16 },
});
